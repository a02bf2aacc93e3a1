use super::*;
use selfsame_accounts::FEATURES;
use selfsame_web::Form;

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
    metrics.show(Arc::new(Counts::of(FEATURES)));
    let text = metrics.text();
    for metric in FEATURES.iter().flat_map(|feature| feature.metrics) {
        let (name, help) = (metric.name, metric.help);
        let lines = match metric.form {
            Form::Counter { label, values } => {
                let line = |value| format!("{PREFIX}_{name}_total{{{label}=\"{value}\"}} 0\n");
                values.iter().map(line).collect()
            }
            Form::Histogram { .. } => vec![format!("{PREFIX}_{name}_count 0\n")],
            Form::Gauge => vec![format!("{PREFIX}_{name} 0\n")],
        };
        for line in [format!("# HELP {PREFIX}_{name} {help}.\n")].into_iter().chain(lines) {
            assert_eq!(text.matches(&line).count(), 1, "{line}\n{text}");
        }
    }
    for event in FEATURES.iter().flat_map(|feature| (feature.events)()) {
        let line = format!("{PREFIX}_events_total{{type=\"{}\"}} 0\n", event.name);
        assert_eq!(text.matches(&line).count(), 1, "{line}\n{text}");
    }
    let described: Vec<_> = text.lines().filter(|line| line.starts_with("# TYPE ")).collect();
    let different: std::collections::HashSet<_> = described.iter().collect();
    assert_eq!(described.len(), different.len(), "{text}");
}

#[test]
fn amounts_are_shown_in_buckets_that_add_up() {
    let counts = Counts::of(FEATURES);
    let sizes = FEATURES.iter().flat_map(|feature| feature.metrics);
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
