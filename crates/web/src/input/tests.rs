use serde::Deserialize;

use super::*;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Order {
    #[serde(rename = "number")]
    _number: u8,
    #[serde(default)]
    items: Vec<Item>,
    #[serde(default)]
    words: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Item {
    #[serde(default)]
    words: Vec<String>,
}

/// No word is empty, and of words there are two at least and three at most.
fn check_words(pointer: &str, words: &[String], faults: &mut FieldErrors) {
    if words.len() < 2 {
        faults.add(pointer, Fault::TooFew { min: 2 });
    }
    if words.len() > 3 {
        faults.add(pointer, Fault::TooMany { max: 3 });
    }
    for (index, _) in words.iter().enumerate().filter(|(_, word)| word.is_empty()) {
        faults.add(format!("{pointer}/{index}"), Fault::Empty);
    }
}

fn check_order(order: &Order, faults: &mut FieldErrors) {
    check_words("/words", &order.words, faults);
    for (index, item) in order.items.iter().enumerate() {
        check_words(&format!("/items/{index}/words"), &item.words, faults);
    }
}

fn listed(outcome: Result<Order, Problem>) -> Vec<(String, &'static str)> {
    let errors = outcome.err().map(|problem| problem.errors).unwrap_or_default();
    errors.into_iter().map(|error| (error.pointer, error.fault.code())).collect()
}

fn faults_of(body: &str) -> Vec<(String, &'static str)> {
    let check = |whole: Option<&Order>, _: &Fields<'_>, faults: &mut FieldErrors| {
        if let Some(order) = whole {
            check_order(order, faults);
        }
    };
    listed(json(body.as_bytes(), &[], check))
}

fn faults_of_fields(body: &str) -> Vec<(String, &'static str)> {
    let check = |_: Option<&Order>, fields: &Fields<'_>, faults: &mut FieldErrors| {
        if fields.get::<u8>("number").unwrap_or_default() == 0 {
            faults.add("/number", Fault::OutOfRange { min: 1, max: 9 });
        }
        check_words("/words", &fields.get::<Vec<String>>("words").unwrap_or_default(), faults);
    };
    listed(json(body.as_bytes(), &[], check))
}

fn expected(faults: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    faults.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect()
}

#[test]
fn faults_of_items_name_their_own_index_where_others_are_unreadable() {
    let found = faults_of(r#"{"number":1,"words":[7,"","a",8,""]}"#);
    let wrong = [
        ("/words/0", "wrong_type"),
        ("/words/3", "wrong_type"),
        ("/words/1", "empty"),
        ("/words/4", "empty"),
    ];
    assert_eq!(found, expected(&wrong));
    let found = faults_of(r#"{"number":1,"words":["a","b"],"items":[3,{"words":["a",4,""]}]}"#);
    let wrong = [
        ("/items/0", "wrong_type"),
        ("/items/1/words/1", "wrong_type"),
        ("/items/1/words/2", "empty"),
    ];
    assert_eq!(found, expected(&wrong));
}

#[test]
fn faults_caused_by_skipped_members_are_not_reported_except_excess() {
    assert_eq!(
        faults_of(r#"{"number":1,"words":["a",2]}"#),
        expected(&[("/words/1", "wrong_type")])
    );
    assert_eq!(faults_of(r#"{"number":1,"words":2}"#), expected(&[("/words", "wrong_type")]));
    let found = faults_of(r#"{"number":1,"words":["a","b","c","d",5]}"#);
    assert_eq!(found, expected(&[("/words/4", "wrong_type"), ("/words", "too_many")]));
}

#[test]
fn fields_are_checked_where_the_whole_can_not_be_read() {
    let found = faults_of_fields(r#"{"words":["","a",3],"colour":1}"#);
    let wrong = [
        ("/words/2", "wrong_type"),
        ("/colour", "unknown_field"),
        ("/number", "required"),
        ("/words/0", "empty"),
    ];
    assert_eq!(found, expected(&wrong));
    let found = faults_of_fields(r#"{"number":"x","words":["a","b","c","d"]}"#);
    assert_eq!(found, expected(&[("/number", "wrong_type"), ("/words", "too_many")]));
    assert_eq!(faults_of_fields("7"), expected(&[("", "wrong_type")]));
}
