//! The catalog through HTTP, and redaction.

use std::collections::BTreeSet;

use selfsame_testbed::Testbed;
use serde_json::Value;

use super::EventCatalog;
use selfsame_testbed::app::features;

fn assert_fits(schema: &Value, value: &Value, what: &str) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{what}: {errors:?}");
}

#[test]
fn every_type_has_an_example_that_fits_its_schema_and_the_envelope() {
    let catalog = EventCatalog::of(features()).catalog();
    for event in &catalog.events {
        let name = event.name;
        assert!(
            event.example["data"].is_object(),
            "{name} has no example: write `example` of its fact"
        );
        assert_fits(&event.schema, &event.example["data"], name);
        assert_fits(&catalog.envelope, &event.example, name);
        let mut strict = event.schema.clone();
        strict["additionalProperties"] = false.into();
        assert_fits(&strict, &event.example["data"], name);
        for member in event.only_for_owner {
            assert!(
                event.schema["properties"][member].is_object(),
                "{name} has no member {member}"
            );
        }
    }
    let names: BTreeSet<_> = catalog.events.iter().map(|event| event.name).collect();
    assert_eq!(names.len(), catalog.events.len(), "two facts have the same type");
    assert!(names.contains("profile.updated") && names.len() > 30);
}

#[test]
fn an_example_that_lacks_a_member_does_not_fit() {
    let catalog = EventCatalog::of(features()).catalog();
    let event = catalog.events.iter().find(|event| event.name == "user.username_updated").unwrap();
    let mut data = event.example["data"].clone();
    data.as_object_mut().unwrap().remove("newUsername");
    assert!(!jsonschema::validator_for(&event.schema).unwrap().is_valid(&data));
}

#[tokio::test]
async fn the_catalog_is_public_and_cacheable() {
    let bed = Testbed::new();
    for path in ["/events/catalog", "/asyncapi.json"] {
        let answer = bed.get(path).send().await.expect(200);
        assert_eq!(answer.header("cache-control"), "public, max-age=300", "{path}");
        let tag = answer.header("etag").to_owned();
        bed.get(path).header("if-none-match", &tag).send().await.expect(304);
    }
    let served = bed.get("/events/catalog").send().await.expect(200).data();
    assert_eq!(served, serde_json::to_value(EventCatalog::of(features()).catalog()).unwrap());
    assert_eq!(
        bed.get("/asyncapi.json").send().await.expect(200).json(),
        EventCatalog::of(features()).asyncapi()
    );
}

fn references<'d>(value: &'d Value, found: &mut Vec<&'d str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_of_the_asyncapi_document_leads_somewhere() {
    let document = EventCatalog::of(features()).asyncapi();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn every_message_has_an_example_that_fits_its_payload() {
    let document = EventCatalog::of(features()).asyncapi();
    for (name, message) in document["components"]["messages"].as_object().unwrap() {
        let mut schema = message["payload"].clone();
        schema["components"] = document["components"].clone();
        schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
        assert_fits(&schema, &message["examples"][0]["payload"], name);
    }
}

#[test]
fn brokers_are_not_told_what_is_for_the_user_alone() {
    let document = EventCatalog::of(features()).asyncapi();
    let messages =
        |channel: &str| document["channels"][channel]["messages"].as_object().unwrap().clone();
    assert!(messages("stream").contains_key("alias.created"));
    for channel in ["rabbitmq", "nats", "webhooks"] {
        let messages = messages(channel);
        assert!(
            messages.contains_key("alias.converted") && !messages.contains_key("alias.created")
        );
        assert!(
            messages.contains_key("passkey.added.to-others")
                && !messages.contains_key("passkey.added")
        );
    }
    let message = &document["components"]["messages"]["passkey.added.to-others"];
    assert_eq!(message["examples"][0]["payload"]["data"].get("name"), None);
    assert_eq!(
        message["payload"]["allOf"][1]["properties"]["data"]["properties"].get("name"),
        None
    );
}

#[test]
fn conditional_requests_are_declared_where_they_are_heeded() {
    let document = selfsame_web::openapi(features());
    let takes = |path: &str, method: &str, name: &str| {
        let parameters = document["paths"][path][method]["parameters"].as_array().unwrap();
        parameters.iter().any(|parameter| parameter["name"] == name)
    };
    for path in [
        "/asyncapi.json",
        "/profiles/{profileId}/media",
        "/profiles/{profileId}/media/{mediaId}",
        "/v1/avatars/{picture}",
        "/aliases/{picture}",
        "/original/{name}",
    ] {
        assert!(takes(path, "get", "If-None-Match"), "{path}");
        for status in ["200", "304"] {
            let headers = &document["paths"][path]["get"]["responses"][status]["headers"];
            assert!(headers["ETag"].is_object(), "{path} {status}");
        }
    }
    assert!(takes("/internal/v1/webhooks/{id}", "patch", "If-Match"));
}
