//! A progress line on standard error for long commands.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use super::say;

/// On a terminal the line is rewritten this often; elsewhere a line is written a tenth as often.
const EVERY: Duration = Duration::from_millis(200);
const WIDTH: u64 = 24;

/// The progress of a command.
#[derive(Debug)]
pub(super) struct Progress {
    what: &'static str,
    total: u64,
    done: u64,
    started: Instant,
    shown: Option<Instant>,
    on_terminal: bool,
}

impl Progress {
    pub(super) fn new(what: &'static str, total: u64) -> Self {
        let on_terminal = std::io::stderr().is_terminal();
        Self { what, total, done: 0, started: Instant::now(), shown: None, on_terminal }
    }

    /// Adds `more` to the total.
    pub(super) fn grow(&mut self, more: u64) {
        self.total += more;
    }

    /// Marks `more` as done.
    pub(super) fn advance(&mut self, more: u64) {
        self.done += more;
        let every = if self.on_terminal { EVERY } else { EVERY * 10 };
        if self.shown.is_none_or(|at| at.elapsed() >= every) {
            self.shown = Some(Instant::now());
            self.show();
        }
    }

    /// Marks all as done.
    pub(super) fn finish(&self) {
        self.show();
        if self.on_terminal {
            say::line("");
        }
    }

    fn show(&self) {
        let line = self.line(self.started.elapsed());
        if self.on_terminal {
            say::part(format_args!("\r\u{1b}[2K{line}"));
        } else {
            say::line(line);
        }
    }

    fn line(&self, elapsed: Duration) -> String {
        let share = if self.total == 0 { 1.0 } else { as_float(self.done) / as_float(self.total) };
        let rate = as_float(self.done) / elapsed.as_secs_f64().max(1e-9);
        let remaining = as_float(self.total.saturating_sub(self.done)) / rate.max(1e-9);
        let full = usize::try_from(self.done * WIDTH / self.total.max(1)).unwrap_or(0);
        let bar: String = (0..usize::try_from(WIDTH).unwrap_or(0))
            .map(|at| if at < full { '█' } else { '░' })
            .collect();
        let rest = if self.done >= self.total {
            format!("in {}", clock(elapsed.as_secs_f64()))
        } else {
            format!("{} left", clock(remaining))
        };
        format!(
            "{bar} {:3.0} %  {} of {} {}  {rate:.0}/s  {rest}",
            share * 100.0,
            self.done,
            self.total,
            self.what
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for a person to look at")]
const fn as_float(number: u64) -> f64 {
    number as f64
}

fn clock(seconds: f64) -> String {
    let seconds = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).as_secs();
    if seconds >= 3600 {
        format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60)
    } else {
        format!("{}:{:02} min", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_share_rate_and_remaining_time() {
        let mut progress = Progress::new("users", 200);
        progress.done = 50;
        let line = progress.line(Duration::from_secs(10));
        assert!(line.contains(" 25 %  50 of 200 users  5/s  0:30 min left"), "{line}");
        progress.done = 200;
        assert!(progress.line(Duration::from_secs(40)).ends_with("5/s  in 0:40 min"));
    }
}
