//! Concurrent requests: never more than five ids in use, and none lost.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::scene::{Scene, picture, request};

async fn storm(scene: &Scene) -> Vec<Value> {
    let calls = (0..200).map(|_| scene.bed.post(&scene.media, &request()).by(&scene.ada).send());
    let answers = join_all(calls).await;
    let granted: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .map(selfsame_testbed::Answer::json)
        .collect();
    assert_eq!(answers.iter().filter(|answer| answer.status == 409).count(), 200 - granted.len());
    granted
}

fn ids(tickets: &[Value]) -> BTreeSet<String> {
    tickets.iter().map(|ticket| ticket["mediaId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_requests_at_once_take_five_ids_and_no_id_is_ever_lost() {
    let scene = Scene::new().await;
    let all: BTreeSet<String> = scene.ids().await.0.into_iter().collect();
    let granted = storm(&scene).await;
    assert_eq!((granted.len(), ids(&granted)), (5, all.clone()));
    // One fails, one is given up, one is a mismatch, one is deleted, one is shown.
    scene.send(&granted[0], &[b'x'; 2000]).await.expect(204);
    let give_up = json!({"uploadSuccess": false});
    scene.bed.post(&scene.one(&granted[1]), &give_up).by(&scene.ada).send().await.expect(200);
    scene.complete(&granted[2], "\"wrong\"", 1).await.problem(409, "conflict");
    scene.bed.delete(&scene.one(&granted[3])).by(&scene.ada).send().await.expect(200);
    scene.send(&granted[4], &picture(4)).await.expect(204);
    scene.bed.events().await;
    let (free, active) = scene.ids().await;
    assert_eq!((free.len(), active.len()), (4, 1));
    let granted = storm(&scene).await;
    assert_eq!(granted.len(), 4);
    // All of them expire.
    scene.bed.clock.advance(std::time::Duration::from_hours(2));
    scene.sweep().await;
    let (free, active) = scene.ids().await;
    assert_eq!((free.len(), active.len()), (4, 1));
    assert_eq!(free.into_iter().chain(active).collect::<BTreeSet<_>>(), all);
    assert_eq!(storm(&scene).await.len(), 4);
    scene.bed.events().await;
}
