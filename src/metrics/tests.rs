use http::{Method, StatusCode};

use super::*;

fn metrics() -> Metrics {
    Metrics::new(Timestamp::UNIX_EPOCH)
}

/// The names of the metrics in a text.
fn names(text: &str) -> Vec<&str> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types.filter_map(|line| line.split(' ').next()).collect()
}

#[test]
fn every_metric_has_a_help_and_a_name_that_says_what_it_is() {
    for family in family::ALL {
        assert!(family.name.starts_with("flyte_webhook_"), "{}", family.name);
        assert!(family.help.ends_with('.'), "{}", family.name);
        let is_counter = matches!(family.kind, Kind::Counter);
        assert_eq!(
            family.name.ends_with("_total"),
            is_counter,
            "{}",
            family.name
        );
    }
}

#[test]
fn what_has_few_labels_is_there_before_anything_happens() {
    let text = metrics().render();
    for family in family::ALL {
        let begins = family.name == family::CONNECTOR_DURATION.name;
        let needs_an_event = !begins && matches!(family.kind, Kind::Histogram(_))
            || family.labels.contains(&"hook")
            || family.name == family::PROBLEMS.name;
        let is_there = names(&text).contains(&family.name);
        assert_eq!(is_there, !needs_an_event, "{}", family.name);
    }
}

#[test]
fn what_is_held_is_counted_until_it_is_let_go() {
    let metrics = metrics();
    let gauge = |metrics: &Metrics| {
        let text = metrics.render();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("flyte_webhook_http_server_active_requests "));
        line.unwrap().to_owned()
    };
    let (one, two) = (metrics.request_begins(), metrics.request_begins());
    assert_eq!(gauge(&metrics), "2");
    drop(one);
    assert_eq!(gauge(&metrics), "1");
    drop(two);
    assert_eq!(gauge(&metrics), "0");
}

#[test]
fn a_request_is_counted_by_its_template() {
    let metrics = metrics();
    let route = Some(Route("/run/{run_name}"));
    metrics.request_answered(
        &Method::GET,
        route,
        StatusCode::OK,
        Duration::from_millis(7),
    );
    let text = metrics.render();
    let labels = "http_request_method=\"GET\",http_route=\"/run/{run_name}\",\
                  http_response_status_code=\"200\"";
    let name = "flyte_webhook_http_server_request_duration_seconds";
    for line in [
        format!("{name}_bucket{{{labels},le=\"0.005\"}} 0"),
        format!("{name}_bucket{{{labels},le=\"0.01\"}} 1"),
        format!("{name}_bucket{{{labels},le=\"+Inf\"}} 1"),
        format!("{name}_sum{{{labels}}} 0.007"),
        format!("{name}_count{{{labels}}} 1"),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn invented_methods_and_statuses_are_one() {
    let metrics = metrics();
    for n in 0..1_000_u16 {
        let method = Method::from_bytes(format!("M{n}").as_bytes()).unwrap();
        let status = StatusCode::from_u16(600 + n % 400).unwrap();
        metrics.request_answered(&method, None, status, Duration::ZERO);
    }
    let text = metrics.render();
    let series = text
        .lines()
        .filter(|line| line.contains("http_server_request_duration_seconds_count"));
    assert_eq!(
        series.collect::<Vec<_>>(),
        ["flyte_webhook_http_server_request_duration_seconds_count\
             {http_request_method=\"_OTHER\",http_route=\"none\",\
             http_response_status_code=\"other\"} 1000"]
    );
}

#[test]
fn the_process_is_described() {
    let text = metrics().render();
    let started = "process_start_time_seconds 0";
    assert!(text.lines().any(|line| line == started), "{text}");
    for name in [
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_max_fds",
    ] {
        assert!(names(&text).contains(&name), "{name}");
    }
}
