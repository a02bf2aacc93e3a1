//! Routes as values: the router, OpenAPI, and the tests of coverage and of refusal all read the
//! same list.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::route_layer::RouteLayer;
use crate::{Access, Code};

/// What `schemars` makes a schema of.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// A body of a request or of an answer.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its media type.
    pub media_type: &'static str,
    /// Its schema; `None` for bytes.
    pub schema: Option<SchemaOf>,
    /// One that would do.
    pub example: Option<Value>,
}

/// An answer that a route gives when all is well.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// What it means.
    pub description: &'static str,
    /// Its body, if it has one. JSON that is told under `data` is named by the schema of `data`.
    pub content: Option<Content>,
    /// Whether the body is in the envelope `{"success":true,"data":…}`.
    pub enveloped: bool,
}

/// A parameter in the path, the query or a header.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// `path`, `query` or `header`.
    pub place: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub description: &'static str,
    /// Its JSON Schema.
    pub schema: Value,
    /// Whether it must be given.
    pub required: bool,
}

/// One method on one path, with everything there is to know about it but the code that answers:
/// OpenAPI, CORS and the tests of coverage need no state.
#[derive(Clone, Debug)]
pub struct RouteInfo {
    /// GET, PUT, ….
    pub method: Method,
    /// The path, with `{parameters}`.
    pub path: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// What a caller should know beyond that.
    pub description: &'static str,
    /// Who may call it.
    pub access: Access,
    /// The largest body it takes, in bytes.
    pub body_limit: usize,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The bodies it takes, one for each media type.
    pub bodies: Vec<Content>,
    /// Whether it does without a body too.
    pub body_is_optional: bool,
    /// Its good answers.
    pub answers: Vec<Answer>,
    /// What can go wrong, beyond what can go wrong everywhere.
    pub problems: Vec<Code>,
    /// Headers that its answers may have, beyond those that any may have: their names and meanings.
    pub sends: Vec<(&'static str, &'static str)>,
    /// Whether its answers have an entity tag although they are not in the envelope, where all have
    /// one.
    pub is_tagged: bool,
}

/// A route with its handler, which takes the state `S`; `()` once it is bound to one.
#[derive(Clone, Debug)]
pub struct Route<S> {
    /// What there is to know about it.
    pub info: RouteInfo,
    handler: MethodRouter<S>,
}

/// The largest JSON body a route takes unless it says otherwise.
pub const DEFAULT_BODY_LIMIT: usize = 64 * 1024;

impl<S: Clone + Send + Sync + 'static> Route<S> {
    fn new<H, T>(
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let info = RouteInfo {
            method,
            path,
            summary,
            description: "",
            access: Access::User,
            body_limit: DEFAULT_BODY_LIMIT,
            parameters: Vec::new(),
            bodies: Vec::new(),
            body_is_optional: false,
            answers: Vec::new(),
            problems: Vec::new(),
            sends: Vec::new(),
            is_tagged: false,
        };
        Self { info, handler: on(filter, handler) }
    }

    /// A route for GET (and so for HEAD).
    pub fn get<H: Handler<T, S>, T: 'static>(
        path: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::GET, MethodFilter::GET, path, summary, handler)
    }

    /// A route for POST.
    pub fn post<H: Handler<T, S>, T: 'static>(
        path: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::POST, MethodFilter::POST, path, summary, handler)
    }

    /// A route for PUT.
    pub fn put<H: Handler<T, S>, T: 'static>(
        path: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::PUT, MethodFilter::PUT, path, summary, handler)
    }

    /// A route for PATCH.
    pub fn patch<H: Handler<T, S>, T: 'static>(
        path: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::PATCH, MethodFilter::PATCH, path, summary, handler)
    }

    /// A route for DELETE.
    pub fn delete<H: Handler<T, S>, T: 'static>(
        path: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::DELETE, MethodFilter::DELETE, path, summary, handler)
    }

    /// Says more about it.
    #[must_use]
    pub fn describe(mut self, description: &'static str) -> Self {
        self.info.description = description;
        self
    }

    /// Says who may call it; without this, signed-in users.
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.info.access = access;
        self
    }

    /// Takes bodies of up to `bytes`.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.info.body_limit = bytes;
        self
    }

    /// Takes a JSON body of type `T`.
    #[must_use]
    pub fn takes<T: JsonSchema>(self, example: Value) -> Self {
        self.takes_as::<T>("application/json", example)
    }

    /// Takes a body of type `T` under another media type.
    #[must_use]
    pub fn takes_as<T: JsonSchema>(mut self, media_type: &'static str, example: Value) -> Self {
        self.info.bodies.push(Content {
            media_type,
            schema: Some(SchemaGenerator::subschema_for::<T>),
            example: Some(example),
        });
        self
    }

    /// Does without a body too.
    #[must_use]
    pub fn or_no_body(mut self) -> Self {
        self.info.body_is_optional = true;
        self
    }

    /// Has a parameter.
    #[must_use]
    pub fn parameter(
        mut self,
        place: &'static str,
        name: &'static str,
        schema: Value,
        description: &'static str,
    ) -> Self {
        let required = place == "path";
        self.info.parameters.push(Parameter { place, name, description, schema, required });
        self
    }

    /// Must be given the parameter that was named last.
    #[must_use]
    pub fn required(mut self) -> Self {
        if let Some(parameter) = self.info.parameters.last_mut() {
            parameter.required = true;
        }
        self
    }

    /// Answers `status` with `{"success":true,"data":T}`.
    #[must_use]
    pub fn answers<T: JsonSchema>(
        mut self,
        status: u16,
        description: &'static str,
        example: Value,
    ) -> Self {
        let content = Content {
            media_type: "application/json",
            schema: Some(SchemaGenerator::subschema_for::<T>),
            example: Some(example),
        };
        self.info.answers.push(Answer {
            status,
            description,
            content: Some(content),
            enveloped: true,
        });
        self
    }

    /// Answers `status` with a body that is not in the envelope, or with none.
    #[must_use]
    pub fn answers_bare(
        mut self,
        status: u16,
        description: &'static str,
        content: Option<Content>,
    ) -> Self {
        self.info.answers.push(Answer { status, description, content, enveloped: false });
        self
    }

    /// Can go wrong in these ways too.
    #[must_use]
    pub fn problems(mut self, codes: &[Code]) -> Self {
        self.info.problems.extend_from_slice(codes);
        self
    }

    /// Its answers may have the header `name`.
    #[must_use]
    pub fn sends(mut self, name: &'static str, description: &'static str) -> Self {
        self.info.sends.push((name, description));
        self
    }

    /// Its answers have an entity tag, also where they are not in the envelope.
    #[must_use]
    pub fn tagged(mut self) -> Self {
        self.info.is_tagged = true;
        self
    }

    /// The same route, whose handler has its state.
    #[must_use]
    pub fn with_state(self, state: S) -> Route<()> {
        Route { info: self.info, handler: self.handler.with_state(state) }
    }

    /// Adds it to `router`.
    pub fn mount(self, router: Router<S>) -> Router<S> {
        let RouteInfo { path, access, body_limit, .. } = self.info;
        let layer = RouteLayer { path, access, body_limit };
        router.route(path, self.handler.route_layer(layer))
    }
}

impl RouteInfo {
    /// `GET /v1/profile`, as it is logged and counted.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// What is read has an entity tag, which the middleware compares with the caller's.
    pub(crate) fn has_entity_tag(&self) -> bool {
        let is_tagged =
            |answer: &Answer| answer.status == 200 && (answer.enveloped || self.is_tagged);
        self.method == Method::GET && self.answers.iter().any(is_tagged)
    }

    /// Whether it answers a list page by page.
    pub(crate) fn has_pages(&self) -> bool {
        self.parameters.iter().any(|parameter| parameter.name == "cursor")
    }
}
