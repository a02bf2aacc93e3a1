//! Messages about one subject stay in order, while those about others overtake them.

use std::collections::HashMap;

use tokio::sync::oneshot;

/// Where those who came last stand, by subject. Whose turn is over is forgotten now and then.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    last: HashMap<String, oneshot::Receiver<()>>,
}

/// A place in a lane.
#[derive(Debug)]
pub(super) struct Place {
    before: Option<oneshot::Receiver<()>>,
    done: oneshot::Sender<()>,
}

/// So many subjects are remembered before it is looked who of them is done.
const REMEMBERED: usize = 1024;

impl Lanes {
    /// The next place in the lane of `subject`. Who has no subject waits for nobody.
    pub(super) fn line_up(&mut self, subject: Option<String>) -> Place {
        let (done, is_done) = oneshot::channel();
        if self.last.len() >= REMEMBERED {
            self.last.retain(|_, last| !last.is_terminated() && last.is_empty());
        }
        let before = subject.and_then(|subject| self.last.insert(subject, is_done));
        Place { before, done }
    }
}

impl Place {
    /// Waits until it is this one's turn; `None` where whoever came before was not done, so that
    /// this one must come again, too.
    pub(super) async fn turn(self) -> Option<Turn> {
        match self.before {
            Some(before) => before.await.ok().map(|()| Turn(self.done)),
            None => Some(Turn(self.done)),
        }
    }
}

/// Whoever holds this is being handled.
#[derive(Debug)]
pub(super) struct Turn(oneshot::Sender<()>);

impl Turn {
    /// Lets the next one come. A turn that is dropped instead lets nobody of its lane come.
    pub(super) fn end(self) {
        // Nobody waits where nobody else came.
        let _ = self.0.send(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next place of one and the same.
    fn again(lanes: &mut Lanes) -> Place {
        lanes.line_up(Some("ada".into()))
    }

    #[tokio::test]
    async fn who_comes_second_waits_for_the_first() {
        let mut lanes = Lanes::default();
        let (first, second) = (again(&mut lanes), again(&mut lanes));
        let mut waiting = by_hand(second.turn());
        assert!(waiting.poll().is_none());
        first.turn().await.unwrap().end();
        assert!(waiting.poll().unwrap().is_some());
    }

    #[tokio::test]
    async fn nobody_waits_for_others_or_for_those_without_a_subject() {
        let mut lanes = Lanes::default();
        let _held = [again(&mut lanes), lanes.line_up(None)];
        assert!(lanes.line_up(Some("bob".into())).turn().await.is_some());
        assert!(lanes.line_up(None).turn().await.is_some());
    }

    #[tokio::test]
    async fn after_one_that_was_not_done_nobody_of_its_lane_comes() {
        let mut lanes = Lanes::default();
        let places = [again(&mut lanes), again(&mut lanes), again(&mut lanes)];
        let [first, second, third] = places;
        drop(first.turn().await);
        assert!(second.turn().await.is_none());
        assert!(third.turn().await.is_none());
    }

    #[tokio::test]
    async fn those_who_are_done_are_forgotten_and_those_who_are_not_are_not() {
        let mut lanes = Lanes::default();
        let held = again(&mut lanes);
        for number in 0..3 * REMEMBERED {
            lanes.line_up(Some(number.to_string())).turn().await.unwrap().end();
        }
        assert!(lanes.last.len() <= REMEMBERED + 1);
        let mut waiting = by_hand(again(&mut lanes).turn());
        assert!(waiting.poll().is_none());
        held.turn().await.unwrap().end();
        assert!(waiting.poll().unwrap().is_some());
    }

    /// A future that is polled by hand.
    struct Polled<F>(std::pin::Pin<Box<F>>);

    fn by_hand<F: Future>(future: F) -> Polled<F> {
        Polled(Box::pin(future))
    }

    impl<F: Future> Polled<F> {
        fn poll(&mut self) -> Option<F::Output> {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            match self.0.as_mut().poll(&mut context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            }
        }
    }
}
