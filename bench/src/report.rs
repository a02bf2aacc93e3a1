//! Output of the measurements.

/// Prints a line of a report.
#[expect(clippy::print_stdout, reason = "the report is what this program is for")]
pub(crate) fn say(line: impl std::fmt::Display) {
    println!("{line}");
}
