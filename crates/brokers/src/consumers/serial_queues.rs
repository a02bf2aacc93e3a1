//! Keeps messages of one subject in order, while those of other subjects may overtake them.

use std::collections::HashMap;

use tokio::sync::oneshot;

/// One queue per subject: for each, whether its last message is done. Finished queues are removed
/// when there are [`CAPACITY`] of them.
#[derive(Debug, Default)]
pub(super) struct SerialQueues {
    last: HashMap<String, oneshot::Receiver<()>>,
}

/// The position of a message in the queue of its subject.
#[derive(Debug)]
pub(super) struct QueuePosition {
    before: Option<oneshot::Receiver<()>>,
    done: oneshot::Sender<()>,
}

/// So many subjects are held before finished ones are removed.
const CAPACITY: usize = 1024;

impl SerialQueues {
    /// The next position in the queue of `subject`. A message without a subject waits for no other.
    pub(super) fn enqueue(&mut self, subject: Option<String>) -> QueuePosition {
        let (done, is_done) = oneshot::channel();
        if self.last.len() >= CAPACITY {
            self.last.retain(|_, last| !last.is_terminated() && last.is_empty());
        }
        let before = subject.and_then(|subject| self.last.insert(subject, is_done));
        QueuePosition { before, done }
    }
}

impl QueuePosition {
    /// Waits until the message before this one is done; `None` where it was not, so that this one
    /// must come again, too.
    pub(super) async fn turn(self) -> Option<QueueTurn> {
        match self.before {
            Some(before) => before.await.ok().map(|()| QueueTurn(self.done)),
            None => Some(QueueTurn(self.done)),
        }
    }
}

/// Held while a message is handled.
#[derive(Debug)]
pub(super) struct QueueTurn(oneshot::Sender<()>);

impl QueueTurn {
    /// Marks the message as done, so that the next one of its subject may start. Where a turn is
    /// dropped instead, no later message of its subject starts: it would overtake this one.
    pub(super) fn end(self) {
        // Fails where no other message of this subject has come.
        let _ = self.0.send(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next position of one and the same subject.
    fn next_position(queues: &mut SerialQueues) -> QueuePosition {
        queues.enqueue(Some("ada".into()))
    }

    #[tokio::test]
    async fn the_second_message_of_a_subject_waits_for_the_first() {
        let mut queues = SerialQueues::default();
        let (first, second) = (next_position(&mut queues), next_position(&mut queues));
        let mut turn = by_hand(second.turn());
        assert!(turn.poll().is_none());
        first.turn().await.unwrap().end();
        assert!(turn.poll().unwrap().is_some());
    }

    #[tokio::test]
    async fn no_message_waits_for_another_subject_or_for_one_without_a_subject() {
        let mut queues = SerialQueues::default();
        let _held = [next_position(&mut queues), queues.enqueue(None)];
        assert!(queues.enqueue(Some("bob".into())).turn().await.is_some());
        assert!(queues.enqueue(None).turn().await.is_some());
    }

    #[tokio::test]
    async fn after_a_message_that_was_not_done_none_of_its_subject_comes() {
        let mut queues = SerialQueues::default();
        let positions =
            [next_position(&mut queues), next_position(&mut queues), next_position(&mut queues)];
        let [first, second, third] = positions;
        drop(first.turn().await);
        assert!(second.turn().await.is_none());
        assert!(third.turn().await.is_none());
    }

    #[tokio::test]
    async fn subjects_whose_messages_are_done_are_removed_and_others_are_not() {
        let mut queues = SerialQueues::default();
        let first_position = next_position(&mut queues);
        for number in 0..3 * CAPACITY {
            queues.enqueue(Some(number.to_string())).turn().await.unwrap().end();
        }
        assert!(queues.last.len() <= CAPACITY + 1);
        let mut turn = by_hand(next_position(&mut queues).turn());
        assert!(turn.poll().is_none());
        first_position.turn().await.unwrap().end();
        assert!(turn.poll().unwrap().is_some());
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
