//! What is followed, and what is open.

use super::*;
use crate::module_tree::parse;

/// The skeletons of a file of each of the crates `a` and `b`.
fn of(a: &str, b: &str) -> Vec<String> {
    let files = [("crates/a/src/lib.rs", a), ("crates/b/src/lib.rs", b)];
    let files = files.map(|(path, source)| (path.to_owned(), source.to_owned()));
    skeletons(&parse(&files).unwrap()).into_iter().collect()
}

#[test]
fn literals_formats_and_what_they_name_are_followed() {
    let found = of(
        "const PREFIX: &str = \"entry/\";
         fn shelf(shard: u8) -> String { format!(\"due/{shard:02}\") }
         impl Log {
             const SORT: &'static str = \"log/\";
             fn a(&self) -> Key { Key::new(\"installation\", \"installation\") }
             fn b(&self) -> Key { Key::new(shelf(1), format!(\"{:013}/{}\", self.x, self.y)) }
             fn c(&self) -> Key { user_key(user, format!(\"{}{id:012}\", Self::SORT)) }
             fn d(&self) -> Key { user_key(&self.user, format!(\"{PREFIX}{id}\")) }
             fn e(&self) -> Key { Key::new(\"m\".to_owned(), &self.name()) }
             fn name(&self) -> &str { if self.new { \"new\" } else { \"old\" } }
             fn f(&self) -> Key { hmac::Key::new(ALGORITHM, \"secret\") }
         }
         #[cfg(test)]
         mod tests { fn g() { Key::new(\"test\", \"test\"); } }",
        "fn user_partition(user: &User) -> String { format!(\"user/{user}\") }
         fn lane(name: &str) -> Lane { Lane { partition: format!(\"todo/{name}\") } }
         const PARTITION: &str = \"keys\";
         fn before_all(due: Timestamp) -> String { format!(\"{:013}/\", due.millis()) }
         const SLIPS: DueLayout<Slip> =
             DueLayout::new(8, |shard| format!(\"mail/{shard}\")).with_hash(sum);",
    );
    let expected = [
        "key due/{:02} {:013}/{}",
        "key installation installation",
        "key m (new|old)",
        "key mail/{} {:013}/{}",
        "key user/{} entry/{}",
        "key user/{} log/{:012}",
        "partition keys",
        "partition mail/{}",
        "partition todo/{}",
        "partition user/{}",
    ];
    assert_eq!(found, expected);
}
