//! What breaks a rule today and is tolerated, in a list that only gets shorter.
//!
//! A line is a rule, what breaks it, and for a measure the number that it may not exceed:
//! `cycle identity actor -> sessions`, `file-lines crates/web/src/route.rs 450`.

use std::collections::BTreeMap;

/// Something that breaks a rule.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Finding {
    /// The name of the rule.
    pub rule: &'static str,
    /// What breaks it.
    pub subject: String,
    /// How large it is, where the rule is about a measure.
    pub size: Option<usize>,
}

impl Finding {
    fn key(&self) -> String {
        format!("{} {}", self.rule, self.subject)
    }

    fn line(&self) -> String {
        self.size.map_or_else(|| self.key(), |size| format!("{} {size}", self.key()))
    }
}

/// What a line of a baseline tolerates, with its number; `None` for a comment.
fn entry(line: &str) -> Option<(String, Option<usize>)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let measured = line.rsplit_once(' ').and_then(|(key, size)| Some((key, size.parse().ok()?)));
    Some(match measured {
        Some((key, size)) => (key.to_owned(), Some(size)),
        None => (line.to_owned(), None),
    })
}

/// Everything in which `findings` are not what `baseline` tolerates: what is new, what has grown,
/// and what is tolerated without need.
#[must_use]
pub fn differences(baseline: &str, findings: &[Finding]) -> Vec<String> {
    let tolerated: BTreeMap<_, _> = baseline.lines().filter_map(entry).collect();
    let mut found: Vec<String> = Vec::new();
    for finding in findings {
        match tolerated.get(&finding.key()) {
            None => found.push(format!("new: {}", finding.line())),
            Some(most) if finding.size > *most => found.push(format!("grown: {}", finding.line())),
            Some(_) => {}
        }
    }
    let keys: Vec<_> = findings.iter().map(Finding::key).collect();
    let stale = tolerated.keys().filter(|key| !keys.contains(key));
    found.extend(stale.map(|key| format!("no longer needed: {key}")));
    found
}

/// `baseline` without what `findings` don't need, and with smaller numbers where they got smaller.
/// Nothing is added, so what is new stays a failure.
#[must_use]
pub fn shrunk(baseline: &str, findings: &[Finding]) -> String {
    let mut text = String::new();
    for line in baseline.lines() {
        let kept = match entry(line) {
            None => line.to_owned(),
            Some((key, most)) => match findings.iter().find(|finding| finding.key() == key) {
                None => continue,
                Some(finding) => Finding { size: finding.size.min(most), ..finding.clone() }.line(),
            },
        };
        text.push_str(&kept);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASELINE: &str = "# What is left.\ncycle web a -> b\nfile-lines crates/x.rs 500\n";

    fn finding(rule: &'static str, subject: &str, size: Option<usize>) -> Finding {
        Finding { rule, subject: subject.into(), size }
    }

    fn as_tolerated() -> Vec<Finding> {
        vec![finding("cycle", "web a -> b", None), finding("file-lines", "crates/x.rs", Some(500))]
    }

    #[test]
    fn what_is_tolerated_is_no_difference() {
        assert_eq!(differences(BASELINE, &as_tolerated()), Vec::<String>::new());
        assert_eq!(shrunk(BASELINE, &as_tolerated()), BASELINE);
    }

    #[test]
    fn what_is_new_or_grown_is_named_and_never_taken_in() {
        let mut findings = as_tolerated();
        findings.push(finding("cycle", "web b -> a", None));
        findings[1].size = Some(501);
        let found = differences(BASELINE, &findings);
        assert_eq!(found, ["grown: file-lines crates/x.rs 501", "new: cycle web b -> a"]);
        assert_eq!(shrunk(BASELINE, &findings), BASELINE);
    }

    #[test]
    fn what_is_no_longer_needed_is_named_and_taken_out() {
        let findings = [finding("file-lines", "crates/x.rs", Some(420))];
        assert_eq!(differences(BASELINE, &findings), ["no longer needed: cycle web a -> b"]);
        assert_eq!(shrunk(BASELINE, &findings), "# What is left.\nfile-lines crates/x.rs 420\n");
    }
}
