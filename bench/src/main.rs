//! Measures the service next to the limits of the machine, in one run, as ratios.
//!
//! `cargo build --release && cargo run --release -p selfsame-bench -- all`

mod avatars;
mod bare;
mod cold;
mod events;
mod flush;
mod load;
mod pictures;
mod reads;
mod report;
mod rest;
mod scale;
mod service;
mod sign_ins;
mod updates;

use load::Failure;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["bare", address, body] => bare::serve(address, body).await,
        ["reads"] => reads::measure().await,
        ["updates"] => updates::measure().await,
        ["sign-ins"] => sign_ins::measure().await,
        ["scale"] => scale::measure(&[1_000, 100_000, 1_000_000]).await,
        ["scale", users @ ..] => {
            let users: Result<Vec<_>, _> = users.iter().map(|number| number.parse()).collect();
            scale::measure(&users?).await
        }
        ["cold"] => cold::measure(1_000_000).await,
        ["cold", users] => cold::measure(users.parse()?).await,
        ["avatars", picture] => avatars::measure(picture).await,
        ["pictures", photos, parts @ ..] => pictures::measure(photos, parts),
        ["pictures-worker", threads, photos] => pictures::serve(threads, photos),
        ["events", url] => events::measure(url).await,
        ["rest"] => rest::measure().await,
        ["all"] => {
            rest::measure().await?;
            reads::measure().await?;
            updates::measure().await?;
            sign_ins::measure().await?;
            scale::measure(&[1_000, 100_000, 1_000_000]).await?;
            cold::measure(1_000_000).await
        }
        _ => Err(
            "usage: selfsame-bench reads | updates | sign-ins | scale [users …] | cold [users] | avatars <picture.jpg> | events <amqp://…> | pictures <folder> [one | all | quality …] | rest | all"
                .into(),
        ),
    }
}
