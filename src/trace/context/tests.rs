use super::*;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn headers(parents: &[&str], states: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, values) in [(TRACEPARENT, parents), (TRACESTATE, states)] {
        for value in values {
            headers.append(&name, value.parse().unwrap());
        }
    }
    headers
}

fn read(parents: &[&str], states: &[&str]) -> Option<Context> {
    Context::from_headers(&headers(parents, states))
}

#[test]
fn a_context_is_read_and_written_as_it_was() {
    let unsampled = PARENT.replace("-01", "-00");
    for (written, sent) in [
        (PARENT, PARENT),
        (&unsampled, &unsampled),
        // Flags that nobody knows yet are not passed on, nor what else a later
        // version has.
        (&PARENT.replace("-01", "-ff"), PARENT),
        (
            &format!("cc{}-what-else", PARENT.strip_prefix("00").unwrap()),
            PARENT,
        ),
    ] {
        let context = read(&[written], &[]).unwrap();
        assert_eq!(context.traceparent(), sent, "{written}");
        assert_eq!(
            context.trace_id().to_string(),
            "4bf92f3577b34da6a3ce929d0e0e4736"
        );
        assert_eq!(context.span_id().to_string(), "00f067aa0ba902b7");
    }
}

#[test]
fn what_is_not_as_the_standard_has_it_is_no_context() {
    for written in [
        "",
        "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        "00-Bearer0123456789abcdef0123456789-00f067aa0ba902b7-01",
    ] {
        assert_eq!(read(&[written], &[]), None, "{written:?}");
    }
    assert_eq!(read(&[PARENT, PARENT], &[]), None);
    assert_eq!(read(&[], &["a=b"]), None);
}

#[test]
fn a_state_is_passed_on_whole_or_not_at_all() {
    let longest = format!("a={}", "x".repeat(256));
    let crowd = (0..33)
        .map(|n| format!("k{n}=v"))
        .collect::<Vec<_>>()
        .join(",");
    let endless = vec![longest.as_str(); 3];
    for (written, sent) in [
        (vec!["congo=t61rcWkgMzE"], Some("congo=t61rcWkgMzE")),
        (vec!["a=1, b@c=2 3", ",d=4"], Some("a=1,b@c=2 3,d=4")),
        (vec![&longest], Some(longest.as_str())),
        (vec![], None),
        (vec![""], None),
        (vec!["a"], None),
        (vec!["a="], None),
        (vec!["A=1"], None),
        (vec!["=1"], None),
        (vec!["a=1,b"], None),
        (vec!["a=1=2"], None),
        (vec![&crowd], None),
        (endless, None),
    ] {
        let context = read(&[PARENT], &written).unwrap();
        let state = context.headers().find(|(name, _)| *name == TRACESTATE);
        let state = state.map(|(_, value)| value.to_str().unwrap().to_owned());
        assert_eq!(state.as_deref(), sent, "{written:?}");
    }
}

#[test]
fn a_child_is_another_place_of_the_same_trace() {
    let parent = read(&[PARENT], &["a=b"]).unwrap();
    let child = parent.child();
    assert_eq!(child.trace_id(), parent.trace_id());
    assert_ne!(child.span_id(), parent.span_id());
    assert!(child.is_sampled());
    assert_eq!(child.headers().count(), 2);
}

#[test]
fn a_part_of_all_traces_is_sampled() {
    let sampled = |ratio| {
        let all = (0..10_000).map(|_| TraceId::random());
        all.filter(|id| id.is_within(ratio)).count()
    };
    assert_eq!(sampled(0.0), 0);
    assert_eq!(sampled(1.0), 10_000);
    assert!((2_000..3_000).contains(&sampled(0.25)));
}

#[test]
fn what_is_stored_is_read_as_it_was_and_nothing_else_is() {
    for states in [&[][..], &["a=1,b=opaque"]] {
        let context = read(&[PARENT], states).unwrap();
        assert_eq!(Context::from_text(&context.to_text()), Some(context));
    }
    for other in ["", "\n", "a=1", "a=1\n00-1-2-3", &PARENT.to_uppercase()] {
        assert_eq!(Context::from_text(other), None, "{other:?}");
    }
}
