//! The best case of the framework: one route that responds with bytes in memory.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use bytes::Bytes;

use crate::load::Failure;

pub(crate) async fn serve(address: &str, body: &str) -> Result<(), Failure> {
    let body = Bytes::from(std::fs::read(body)?);
    let handler = move || std::future::ready(([(CONTENT_TYPE, "application/json")], body.clone()));
    let router = Router::new()
        .route("/v1/profile", get(handler.clone()))
        .route("/v1/profile/{userId}", get(handler));
    let listener = tokio::net::TcpListener::bind(address).await?;
    Ok(axum::serve(
        axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))),
        router,
    )
    .await?)
}
