//! The results of the scripted week, as `docs/monitoring.md` shows them.

use std::fmt::Write as _;

use super::*;

fn name_of(kind: Kind) -> String {
    serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned()
}

fn attacks_table(node: &Node, planted: &[(usize, Attack)]) -> String {
    let mut table =
        "| attack | looked for as | planted | found | mailed |\n|---|---|--:|--:|--:|\n".to_owned();
    for (attack, kind, words) in Attack::ALL {
        let on: Vec<_> = planted.iter().filter(|(_, planted)| *planted == attack).collect();
        let count =
            |mailed| on.iter().filter(|(user, _)| is_found(node, *user, kind, mailed)).count();
        let (found, mailed) = (count(false), count(true));
        writeln!(table, "| {words} | `{}` | {} | {found} | {mailed} |", name_of(kind), on.len())
            .unwrap();
    }
    table
}

fn false_alarms_table(node: &Node, others: &BTreeSet<usize>) -> String {
    let mut table =
        "| alerts about people who were not attacked | entries | of them mailed |\n|---|--:|--:|\n"
            .to_owned();
    let mut kinds: BTreeMap<Kind, (usize, usize)> = BTreeMap::new();
    for (_, kind, _, decision) in node.found.iter().filter(|(user, ..)| others.contains(user)) {
        let counts = kinds.entry(*kind).or_default();
        counts.0 += 1;
        counts.1 += usize::from(*decision == AlertMailDecision::Mailed);
    }
    for (kind, (entries, mailed)) in kinds {
        writeln!(table, "| `{}` | {entries} | {mailed} |", name_of(kind)).unwrap();
    }
    table
}

fn thresholds_table() -> String {
    let head = "| mailed from this risk on | mails for nothing a user-week | attacks mailed |\n|--:|--:|--:|\n";
    let mut table = head.to_owned();
    for from_risk in [0, 20, 30, 40, 50, 65, 80] {
        let (node, planted) = week(SEED, from_risk);
        let found =
            |(user, attack): &&(usize, Attack)| is_found(&node, *user, kind_of(*attack), true);
        let (mailed, rate) = (planted.iter().filter(found).count(), rate(&node, &planted));
        writeln!(table, "| {from_risk} | {rate:.3} | {mailed} of {} |", planted.len()).unwrap();
    }
    table
}

/// The tables of the week.
fn tables() -> String {
    let (node, planted) = week(SEED, MAIL_FROM_RISK);
    let attacks = attacks_table(&node, &planted);
    format!("{attacks}\n{}\n{}", false_alarms_table(&node, &others(&planted)), thresholds_table())
}

#[test]
fn what_is_written_of_the_scripted_week_is_what_it_comes_to() {
    let table = tables();
    let path = std::env::var("CARGO_MANIFEST_DIR").unwrap() + "/../../docs/monitoring.md";
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- week -->\n").unwrap();
    let (written, after) = rest.split_once("<!-- end of week -->").unwrap();
    if std::env::var_os("UPDATE_MONITORING").is_some() {
        std::fs::write(path, format!("{before}<!-- week -->\n{table}<!-- end of week -->{after}"))
            .unwrap();
        return;
    }
    assert_eq!(
        written, table,
        "run it again with UPDATE_MONITORING=1, and look at what has changed"
    );
}
