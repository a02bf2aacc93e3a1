//! Calls of the API inside the process, so that commands obey the same rules as callers.

use selfsame_app::App;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use selfsame_blobs::{MemoryBlobs, MemoryUploads};
use selfsame_identity::settings::RegistrationMode;
use selfsame_web::{MiddlewareSettings, MiddlewareStack, router};
use serde_json::Value;

use crate::assembly::{assemble, upload_form_signer};
use crate::failure::Failure;
use crate::publishers;
use crate::wiring::{Installation, PictureStores};

/// The application with its middleware, without a network.
pub(super) struct Local {
    pub(super) app: Arc<App>,
    stack: MiddlewareStack,
}

impl Local {
    /// Events are left for the service to deliver, so the sinks must be those of the service.
    pub(super) fn new(installation: &Installation) -> Result<Self, Failure> {
        let store = Arc::clone(&installation.store.items);
        // The service has the pictures open: opening their folder here would remove the files that
        // it is writing.
        let uploads = Arc::new(MemoryUploads::new(upload_form_signer(installation)));
        let picture_stores = PictureStores { blobs: Arc::new(MemoryBlobs::new()), uploads };
        let sinks = publishers::connect(&installation.settings);
        let app = assemble(installation, store, picture_stores, sinks, RegistrationMode::Trusted)?;
        let settings = MiddlewareSettings {
            public_url: installation.settings.public_url(),
            ..MiddlewareSettings::default()
        };
        let stack = MiddlewareStack::new(router(app.features()), settings, &*installation.random);
        Ok(Self { app, stack })
    }

    /// Posts `body` to `path`; a problem's detail becomes the failure.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = Request::post(path)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body.to_string().into()))
            .map_err(|error| Failure::Said(error.to_string()))?;
        let response = self.stack.handle(request, Some(IpAddr::V4(Ipv4Addr::LOCALHOST))).await;
        let status = response.status();
        let answer = read(response.into_body()).await;
        if status.is_success() { Ok(answer) } else { Err(refusal(status, &answer)) }
    }
}

async fn read(body: Body) -> Value {
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn refusal(status: StatusCode, answer: &Value) -> Failure {
    let detail = answer.get("detail").and_then(Value::as_str);
    Failure::Said(detail.map_or_else(|| format!("refused with {status}"), str::to_owned))
}
