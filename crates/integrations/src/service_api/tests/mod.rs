mod acts;
mod badges;
mod log;
mod reads;
mod standing;
mod stats;

use std::sync::Arc;

use selfsame_testbed::Testbed;
use selfsame_testbed::identity::service_tokens::ServiceTokens;

/// A token with `scopes` of a service called `name`.
async fn token(bed: &Testbed, name: &str, scopes: &[&str]) -> String {
    let app = Arc::clone(&bed.app);
    let tokens = ServiceTokens {
        store: &*app.platform.store,
        keys: &app.platform.keys,
        random: &*app.platform.random,
    };
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    tokens.create(name, &scopes, app.platform.now()).await.unwrap().0
}
