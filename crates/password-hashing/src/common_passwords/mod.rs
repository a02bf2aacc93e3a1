//! Common passwords; the file beside the list names its source.

/// One a line, in lower case, in the order of their bytes.
const LIST: &str = include_str!("list.txt");

/// Whether `password` is on the list, whatever the case.
pub(crate) fn is_common(password: &str) -> bool {
    let lower_case = password.to_lowercase();
    let (mut from, mut until) = (0, LIST.len());
    // Binary search over bytes: each round reads the line around the middle.
    while from < until {
        let (start, line) = line_at(from.midpoint(until));
        match line.cmp(lower_case.as_str()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => from = start + line.len() + 1,
            std::cmp::Ordering::Greater => until = start,
        }
    }
    false
}

/// The line that `place` is in, and where it starts.
fn line_at(offset: usize) -> (usize, &'static str) {
    let start = LIST.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let rest = LIST.get(start..).unwrap_or_default();
    (start, rest.split('\n').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_and_nothing_beside_them() {
        assert!(LIST.is_ascii() && LIST.ends_with('\n'));
        let lines: Vec<&str> = LIST.lines().collect();
        assert!(
            lines.len() > 8000 && lines.is_sorted() && lines.iter().all(|line| line.len() >= 8)
        );
        for line in &lines {
            assert!(is_common(line), "{line}");
            assert!(is_common(&line.to_uppercase()), "{line}");
            assert_eq!(
                is_common(&format!("{line}~")),
                lines.binary_search(&format!("{line}~").as_str()).is_ok()
            );
        }
        for other in ["", "0", "zzzzzzzzzzzzzzzz", "notes on the analytical engine", "é"] {
            assert!(!is_common(other), "{other}");
        }
    }
}
