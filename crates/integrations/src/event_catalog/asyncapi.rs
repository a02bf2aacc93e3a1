//! The AsyncAPI 3.0 document: where events are available, and their form there.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema as _, SchemaGenerator};
use selfsame_events::{Event, EventKind, Redaction};
use serde_json::{Map, Value, json};

use super::document::example;

/// The document of `kinds`.
pub(super) fn asyncapi(kinds: &[(&'static str, EventKind)]) -> Value {
    // AsyncAPI's own schemas are those of draft 7.
    let settings = SchemaSettings::draft07().for_serialize().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let (mut messages, mut all, mut redacted) = (Map::new(), Vec::new(), Vec::new());
    for (_, kind) in kinds {
        let whole = message(kind, &[], &mut schemas);
        messages.insert(kind.name.into(), whole);
        all.push(kind.name.to_owned());
        let message = match kind.to_others {
            Redaction::All => {
                redacted.push(kind.name.to_owned());
                continue;
            }
            Redaction::Without(members) => message(kind, members, &mut schemas),
            Redaction::Envelope => envelope_alone(kind),
        };
        let name = format!("{}.to-others", kind.name);
        messages.insert(name.clone(), message);
        redacted.push(name);
    }
    let envelope = Event::json_schema(&mut schemas).to_value();
    let mut definitions = schemas.take_definitions(true);
    definitions.insert("Event".into(), envelope);
    json!({
        "asyncapi": "3.0.0",
        "id": "urn:selfsame:events",
        "info": info(),
        "defaultContentType": "application/json",
        "channels": channels(&all, &redacted),
        "operations": operations(),
        "components": {"messages": messages, "schemas": definitions},
    })
}

fn info() -> Value {
    json!({
        "title": "Selfsame events",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Facts about users, told after the change that they tell of is committed: at least once, in order for each user. An event that comes again has the same `eventId`.",
        "license": {"name": "MIT OR Apache-2.0"},
    })
}

fn message(kind: &EventKind, without: &[&str], schemas: &mut SchemaGenerator) -> Value {
    let mut data = (kind.schema)(schemas).to_value();
    let mut event = example(kind);
    leave_away(&mut data, "properties", without);
    if let Some(required) = data.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !name.as_str().is_some_and(|name| without.contains(&name)));
    }
    leave_away(&mut event, "data", without);
    described(kind, &data, &event)
}

/// An event whose data are redacted entirely.
fn envelope_alone(kind: &EventKind) -> Value {
    let mut event = example(kind);
    if let Some(members) = event.as_object_mut() {
        members.insert("data".into(), json!({}));
        members.insert("requestId".into(), Value::Null);
    }
    described(kind, &json!({"type": "object", "maxProperties": 0}), &event)
}

fn described(kind: &EventKind, data: &Value, event: &Value) -> Value {
    let own =
        json!({"type": "object", "properties": {"eventType": {"const": kind.name}, "data": data}});
    json!({
        "name": kind.name,
        "title": kind.name,
        "summary": kind.summary,
        "contentType": "application/json",
        "payload": {"allOf": [{"$ref": "#/components/schemas/Event"}, own]},
        "examples": [{"name": "example", "payload": event}],
    })
}

fn leave_away(value: &mut Value, member: &str, names: &[&str]) {
    if let Some(members) = value.get_mut(member).and_then(Value::as_object_mut) {
        members.retain(|name, _| !names.contains(&name.as_str()));
    }
}

fn references(names: &[String]) -> Value {
    let reference =
        |name: &String| (name.clone(), json!({"$ref": format!("#/components/messages/{name}")}));
    Value::Object(names.iter().map(reference).collect())
}

fn channels(all: &[String], redacted: &[String]) -> Value {
    let types: Vec<_> = redacted.iter().map(|name| name.trim_end_matches(".to-others")).collect();
    let parameters = json!({"eventType": {"description": "The type of the event.", "enum": types}});
    json!({
        "rabbitmq": {
            "address": "{eventType}",
            "title": "RabbitMQ",
            "description": "A durable topic exchange; the routing key is the type of the event, so a queue bound with `user.*` gets what happens to accounts. Its name is a setting. Messages are persistent.",
            "parameters": parameters,
            "messages": references(redacted),
            "bindings": {"amqp": {
                "is": "routingKey",
                "exchange": {"name": "selfsame.events", "type": "topic", "durable": true, "autoDelete": false},
                "bindingVersion": "0.3.0",
            }},
        },
        "nats": {
            "address": "selfsame.{eventType}",
            "title": "NATS JetStream",
            "description": "One subject for each type of event, behind a prefix that is a setting. The id of the message is the event's, so the stream itself drops what comes again.",
            "parameters": parameters,
            "messages": references(redacted),
        },
        "webhooks": {
            "address": null,
            "title": "Webhooks",
            "description": "POST to an address of yours, signed as Standard Webhooks ask for: `webhook-id` (the event's id), `webhook-timestamp` and `webhook-signature`.",
            "messages": references(redacted),
        },
        "stream": {
            "address": "/v1/account/events",
            "title": "The user's own stream",
            "description": "Server-sent events for the signed-in user alone, who also hears what others do not. `id` is the sequence.",
            "messages": references(all),
        },
    })
}

fn operations() -> Value {
    let send = |channel: &str, summary: &str| json!({"action": "send", "channel": {"$ref": format!("#/channels/{channel}")}, "summary": summary});
    let mut operations = Map::new();
    for (name, channel, summary) in [
        (
            "publishToRabbitmq",
            "rabbitmq",
            "Publishes every event, and waits until the broker has confirmed it.",
        ),
        (
            "publishToNats",
            "nats",
            "Publishes every event, and waits until the stream has stored it.",
        ),
        (
            "callWebhooks",
            "webhooks",
            "Calls every endpoint that wants the event, again for three days where it fails.",
        ),
        ("followOwnEvents", "stream", "Tells the user's pages what happens as it happens."),
    ] {
        operations.insert(name.into(), send(channel, summary));
    }
    if let Some(publish) = operations.get_mut("publishToRabbitmq").and_then(Value::as_object_mut) {
        publish.insert(
            "bindings".into(),
            json!({"amqp": {"deliveryMode": 2, "bindingVersion": "0.3.0"}}),
        );
    }
    operations.into()
}
