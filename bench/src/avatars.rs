//! Uploads of one picture by eight callers: the whole way from multipart to three sizes on disk.

use std::sync::Arc;
use std::time::Duration;

use crate::load::{self, Failure};
use crate::report::say;
use crate::service::Service;
use crate::updates::{milliseconds, register};

const CALLERS: usize = 8;

pub(crate) async fn measure(picture: &str) -> Result<(), Failure> {
    let picture = std::fs::read(picture)?;
    let data = tempfile::tempdir_in(".")?;
    let service = Service::selfsame(data.path()).await?;
    let mut uploads = Vec::new();
    for caller in 0..CALLERS {
        uploads.push(upload(&register(service.address, caller).await?, &picture));
    }
    let requests = move |caller: usize, _: u64| uploads.get(caller).cloned().unwrap_or_default();
    let outcome =
        load::run(service.address, CALLERS, Duration::from_secs(10), Arc::new(requests)).await?;
    say("\n## Avatar uploads (8 callers, all sizes and placeholder, stored durably)\n");
    say("| bytes | pictures/s | p50 ms | p99 ms | resident MB afterwards |");
    say("|---|---|---|---|---|");
    say(format!(
        "| {} | {:.1} | {:.0} | {:.0} | {:.0} |",
        picture.len(),
        outcome.rate(),
        milliseconds(outcome.quantile(0.5)),
        milliseconds(outcome.quantile(0.99)),
        milliseconds(service.resident()?)
    ));
    Ok(())
}

fn upload(token: &str, picture: &[u8]) -> Vec<u8> {
    let head = "--b\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n";
    let suffix = "\r\n--b--\r\n";
    let length = head.len() + picture.len() + suffix.len();
    let request = format!(
        "POST /v1/profile/avatar HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n{head}"
    );
    [request.as_bytes(), picture, suffix.as_bytes()].concat()
}
