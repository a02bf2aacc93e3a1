use super::*;
use selfsame_app::features;
use selfsame_web::MetricKind;

#[test]
fn answers_are_counted_and_timed_by_route() {
    let metrics = Metrics::default();
    metrics.answered("GET", "/v1/profile", StatusCode::OK, Duration::from_millis(3));
    metrics.answered("GET", "/v1/profile", StatusCode::TOO_MANY_REQUESTS, Duration::from_mins(1));
    let text = metrics.text();
    let lines = [
        "selfsame_http_requests_total{method=\"GET\",route=\"/v1/profile\",status=\"200\"} 1",
        "selfsame_http_request_duration_seconds_bucket{le=\"0.002\",method=\"GET\",route=\"/v1/profile\"} 0",
        "selfsame_http_request_duration_seconds_bucket{le=\"0.005\",method=\"GET\",route=\"/v1/profile\"} 1",
        "selfsame_http_request_duration_seconds_bucket{le=\"+Inf\",method=\"GET\",route=\"/v1/profile\"} 2",
        "selfsame_http_throttled_total 1",
        "# EOF",
    ];
    for line in lines {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn everything_that_is_declared_is_shown_from_the_start_and_nothing_twice() {
    let metrics = Metrics::default();
    metrics.show(Arc::new(Counters::of(features())));
    let text = metrics.text();
    for metric in features().iter().flat_map(|feature| feature.metrics) {
        let (name, help) = (metric.name, metric.help);
        let lines = match metric.kind {
            MetricKind::Counter { label, values } => {
                let line = |value| format!("{PREFIX}_{name}_total{{{label}=\"{value}\"}} 0\n");
                values.iter().map(line).collect()
            }
            MetricKind::Histogram { .. } => vec![format!("{PREFIX}_{name}_count 0\n")],
            MetricKind::Gauge => vec![format!("{PREFIX}_{name} 0\n")],
        };
        for line in [format!("# HELP {PREFIX}_{name} {help}.\n")].into_iter().chain(lines) {
            assert_eq!(text.matches(&line).count(), 1, "{line}\n{text}");
        }
    }
    for event in features().iter().flat_map(|feature| &feature.events) {
        let line = format!("{PREFIX}_events_total{{type=\"{}\"}} 0\n", event.name);
        assert_eq!(text.matches(&line).count(), 1, "{line}\n{text}");
    }
    let described: Vec<_> = text.lines().filter(|line| line.starts_with("# TYPE ")).collect();
    let different: std::collections::HashSet<_> = described.iter().collect();
    assert_eq!(described.len(), different.len(), "{text}");
}

#[test]
fn amounts_are_shown_in_buckets_that_add_up() {
    let counts = Counters::of(features());
    let sizes = features().iter().flat_map(|feature| feature.metrics);
    let sizes = sizes.into_iter().find(|metric| metric.name == "avatar_upload_size_bytes").unwrap();
    counts.observe(sizes, 16_384);
    counts.observe(sizes, 1 << 30);
    let metrics = Metrics::default();
    metrics.show(Arc::new(counts));
    let text = metrics.text();
    let name = "selfsame_avatar_upload_size_bytes";
    for line in [
        format!("{name}_bucket{{le=\"16384.0\"}} 1\n"),
        format!("{name}_bucket{{le=\"33554432.0\"}} 1\n"),
        format!("{name}_bucket{{le=\"+Inf\"}} 2\n"),
        format!("{name}_sum 1073758208.0\n"),
        format!("{name}_count 2\n"),
    ] {
        assert!(text.contains(&line), "{line}\n{text}");
    }
}

/// Enough tasks that concurrent scrapes would collide.
const TASKS: usize = 100;

/// Metrics of tasks that were restarted once each, and the sender that stops them.
async fn metrics_of_tasks() -> (Arc<Metrics>, tokio::sync::watch::Sender<bool>) {
    let (metrics, supervisor) = (Arc::new(Metrics::default()), Arc::new(Supervisor::default()));
    metrics.show_tasks(Arc::clone(&supervisor));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    for number in 0..TASKS {
        let (supervisor, stopped) = (Arc::clone(&supervisor), stopped.clone());
        // It returns at once, and is restarted after a second.
        tokio::spawn(async move {
            supervisor.supervise(&format!("t{number}"), stopped, || async {}).await;
        });
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    (metrics, stop)
}

#[tokio::test(start_paused = true)]
async fn scrapes_at_the_same_time_count_no_restart_twice() {
    let (metrics, _stop) = metrics_of_tasks().await;
    let scrape = || {
        for _ in 0..50 {
            let text = metrics.text();
            let restarts =
                text.lines().filter(|line| line.starts_with("selfsame_task_restarts_total{"));
            let restarts: Vec<_> = restarts.collect();
            assert_eq!(restarts.len(), TASKS, "{text}");
            assert!(restarts.iter().all(|line| line.ends_with(" 1")), "{text}");
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(scrape);
        }
    });
}

#[tokio::test(start_paused = true)]
async fn an_ended_task_is_shown_no_more() {
    let (metrics, stop) = metrics_of_tasks().await;
    assert!(metrics.text().contains("selfsame_task_restarts_total{task=\"t7\"} 1\n"));
    stop.send_replace(true);
    tokio::time::sleep(Duration::from_millis(1)).await;
    let text = metrics.text();
    assert!(!text.contains("task=\"t7\""), "{text}");
}

#[test]
fn the_page_of_metrics_is_up_to_date() {
    let path = std::env::var("CARGO_MANIFEST_DIR").unwrap() + "/../../docs/metrics.md";
    let page = std::fs::read_to_string(path).unwrap();
    assert!(page == markdown(), "run: cargo run -- metrics > docs/metrics.md");
}

#[test]
fn the_process_has_memory() {
    assert!(process::resident_bytes() > 100_000);
}
