//! Sources against each other, and the files beside the program.

use flyte_webhook_core::url_guard::AllowEntry;

use super::*;

mod hostile;

/// What a server in a Flyte app always has.
const PLATFORM: [(&str, &str); 3] = [
    ("_U_EP_OVERRIDE", "https://acme.hosted.example.com"),
    ("FLYTE_INTERNAL_EXECUTION_PROJECT", "site"),
    ("FLYTE_INTERNAL_EXECUTION_DOMAIN", "production"),
];

fn sources(variables: &[(&str, &str)]) -> Sources {
    let all = PLATFORM.iter().chain(variables);
    Sources {
        environment: Environment::of(all.map(|&(name, value)| (name, value))),
        ..Sources::default()
    }
}

fn read(text: &str, sources: &Sources) -> Result<Loaded, String> {
    let (name, text) = ("f.yaml".into(), text.to_owned());
    let result = load_text(sources, Some(&Text { name, text }));
    result.map_err(|problems| problems.to_string())
}

fn good(text: &str, variables: &[(&str, &str)]) -> Config {
    read(text, &sources(variables)).unwrap().config
}

#[test]
fn a_server_in_a_flyte_app_needs_no_file() {
    let variables = [
        ("K_SERVICE", "my-hook-site-production"),
        ("PORT", "9000"),
        ("_U_ORG_NAME", "umbrella"),
        ("_U_USE_ACTIONS", "1"),
        ("_F_E_VS", ""),
        (
            "INTERNAL_APP_ENDPOINT_PATTERN",
            "http://{app_fqdn}-site-production.flyte.svc.cluster.local",
        ),
    ];
    let config = load_text(&sources(&variables), None).unwrap().config;
    assert_eq!(config.name, "my-hook");
    assert_eq!(config.title, "Flyte Webhook: my-hook");
    assert_eq!(config.description, "A webhook service for Flyte operations");
    assert_eq!(config.endpoints.len(), 18);
    assert_eq!(config.server.port, 9000);
    let own = &config.control_plane;
    assert_eq!(own.endpoint.as_str(), "https://acme.hosted.example.com/");
    assert_eq!(own.tls, Tls::System);
    let (org, project, domain) = (own.org.as_ref(), &own.project, &own.domain);
    assert_eq!(org.map(AsRef::as_ref), Some("umbrella"));
    assert_eq!((project.as_str(), domain.as_str()), ("site", "production"));
    let suffix = ".flyte.svc.cluster.local".to_owned();
    assert_eq!(config.egress.allow, [AllowEntry::Suffix(suffix)]);
    let run_environment: Vec<_> = config.run_environment.iter().collect();
    let expected = [
        ("LOG_LEVEL", "30"),
        ("LOG_FORMAT", "console"),
        ("USER_LOG_LEVEL", "20"),
        ("_U_USE_ACTIONS", "1"),
    ];
    assert_eq!(run_environment, expected);
}

#[test]
fn each_source_wins_over_the_one_before() {
    let defaults = vec![("server.port", "1".to_owned())];
    let platform = [("PORT", "2")];
    let both = [("PORT", "2"), ("FLYTE_WEBHOOK__SERVER__PORT", "4")];
    let flag = Setting {
        key: "server.port",
        value: "5".to_owned(),
        flag: "port",
    };
    let with = |variables, flags| Sources {
        defaults: defaults.clone(),
        flags,
        ..sources(variables)
    };
    for (text, sources, port, origin) in [
        ("{}", with(&[], vec![]), 1, "default of the command"),
        ("{}", with(&platform, vec![]), 2, "$PORT"),
        (
            "server: {port: 3}",
            with(&platform, vec![]),
            3,
            "f.yaml:1:16",
        ),
        (
            "server: {port: 3}",
            with(&both, vec![]),
            4,
            "$FLYTE_WEBHOOK__SERVER__PORT",
        ),
        ("server: {port: 3}", with(&both, vec![flag]), 5, "--port"),
    ] {
        let loaded = read(text, &sources).unwrap();
        assert_eq!(loaded.config.server.port, port);
        let origins = loaded.origins();
        let found = origins
            .iter()
            .find(|(key, _)| key == "server.port")
            .unwrap();
        assert_eq!(found.1.to_string(), origin);
    }
    assert_eq!(good("{}", &[]).server.port, 8080);
}

#[test]
fn sections_merge_key_by_key_and_lists_are_replaced() {
    let text = "limits: {json_depth: 7}\negress: {allow: [a.internal, b.internal]}";
    let variables = [
        ("FLYTE_WEBHOOK__LIMITS__JSON_ELEMENTS", "8"),
        ("FLYTE_WEBHOOK__EGRESS__ALLOW", "[c.internal]"),
    ];
    let config = good(text, &variables);
    let limits = &config.limits;
    assert_eq!((limits.json_depth, limits.json_elements), (7, 8));
    assert_eq!(limits.max_body_bytes, 2 << 20);
    assert_eq!(
        config.egress.allow,
        [AllowEntry::Host("c.internal".to_owned())]
    );
}

#[test]
fn a_variable_takes_the_type_of_its_key() {
    let variables = [
        ("FLYTE_WEBHOOK__TITLE", "12: [not, a, list]"),
        ("FLYTE_WEBHOOK__CONTROL_PLANE__ORG", "007"),
        ("FLYTE_WEBHOOK__control_plane__INSECURE", "true"),
        ("FLYTE_WEBHOOK__ENDPOINTS", "null"),
        ("FLYTE_WEBHOOK__RUN_ENVIRONMENT__My_Var", "1"),
        ("HALF", "32"),
    ];
    let config = good(
        "endpoints: [health]\nlimits: {json_depth: '${HALF}'}",
        &variables,
    );
    assert_eq!(config.title, "12: [not, a, list]");
    assert_eq!(
        config.control_plane.org.as_ref().map(AsRef::as_ref),
        Some("007")
    );
    assert_eq!(config.endpoints.len(), 18);
    assert_eq!(config.limits.json_depth, 32);
    assert_eq!(config.run_environment.iter().last(), Some(("My_Var", "1")));
}

#[test]
fn what_python_writes_for_true_switches_the_platforms_switches() {
    for (value, scheme) in [
        ("true", "http"),
        ("True", "http"),
        ("1", "http"),
        ("0", "https"),
    ] {
        let variables = [("_U_EP_OVERRIDE", "dns:///cp:8090"), ("_U_INSECURE", value)];
        let config = good("{}", &variables);
        assert_eq!(config.control_plane.endpoint.scheme(), scheme, "{value}");
    }
    let skip = good("{}", &[("_U_INSECURE_SKIP_VERIFY", "true")]);
    assert_eq!(skip.control_plane.tls, Tls::SkipVerify);
}

#[test]
fn an_empty_list_serves_nothing_and_an_absent_one_everything() {
    for (text, served) in [
        ("{}", 18),
        ("endpoints: []", 0),
        ("endpoint_groups: []", 0),
        ("endpoint_groups: [all, core]", 18),
        ("endpoint_groups: [core]", 2),
        ("endpoints: [run_trigger]", 1),
    ] {
        assert_eq!(good(text, &[]).endpoints.len(), served, "{text}");
    }
    assert!(good("task_allowlist: []", &[]).policy.restricts_tasks());
    assert!(!good("task_allowlist: null", &[]).policy.restricts_tasks());
}

#[test]
fn the_own_name_comes_from_the_service_only_if_it_is_an_apps() {
    for (service, name) in [
        ("hook-site-production", "hook"),
        ("hook-site-staging", "flyte-webhook"),
        ("-site-production", "flyte-webhook"),
        ("", "flyte-webhook"),
    ] {
        assert_eq!(
            good("{}", &[("K_SERVICE", service)]).name,
            name,
            "{service}"
        );
    }
    assert_eq!(
        good("name: other", &[("K_SERVICE", "hook-site-production")]).name,
        "other"
    );
    let shortened = format!("{}-0123abcd", "a".repeat(54));
    let variables = [("K_SERVICE", shortened.as_str())];
    let problems = read("{}", &sources(&variables)).unwrap_err();
    assert!(
        problems.contains("name: cannot be told from K_SERVICE"),
        "{problems}"
    );
    assert_eq!(good("name: other", &variables).name, "other");
}

#[test]
fn variables_expand_in_text_and_nowhere_else() {
    let variables = [("A", "x"), ("EMPTY", ""), ("B", "${A}: [1]")];
    let title = |text: &str| good(&format!("title: \"{text}\""), &variables).title;
    assert_eq!(
        title("${A}${A} ${NONE:-d} ${EMPTY:-e} ${EMPTY}."),
        "xx d e ."
    );
    assert_eq!(title("${B}"), "${A}: [1]");
    assert_eq!(title("$${A} $A $ {A} $"), "${A} $A $ {A} $");
    assert_eq!(title("${NONE:-}"), "");
}

#[test]
fn all_mistakes_of_a_stage_are_reported_together_in_the_order_of_the_file() {
    let text =
        "nmae: x\nserver: {port: \"${NONE}\"}\ntask_allowlist: [\"${NONE}\", 1]\nlimits: 3\n";
    let error = read(text, &sources(&[])).unwrap_err();
    let expected = "\
f.yaml:1:1: nmae: is not a key; did you mean name?
f.yaml:2:16: server.port: the variable NONE is not set; set it, or write ${NONE:-default} to do without
f.yaml:3:18: task_allowlist[0]: the variable NONE is not set; set it, or write ${NONE:-default} to do without
f.yaml:3:29: task_allowlist[1]: expected text, found a whole number; put it in quotes
f.yaml:4:9: limits: expected a section, found a whole number; write its keys one by one";
    assert_eq!(error, expected);
}

#[test]
fn a_missing_key_is_asked_for_where_it_belongs() {
    let nothing = Sources::default();
    let expected = "\
control_plane.endpoint: is not set; write it in the configuration file or set the variable _U_EP_OVERRIDE
control_plane.project: is not set; write it in the configuration file or set the variable FLYTE_INTERNAL_EXECUTION_PROJECT
control_plane.domain: is not set; write it in the configuration file or set the variable FLYTE_INTERNAL_EXECUTION_DOMAIN";
    for (text, place) in [
        ("name: x", "f.yaml:1:1"),
        ("name: x\ncontrol_plane:\n  insecure: true", "f.yaml:3:3"),
    ] {
        let placed = |line| format!("{place}: {line}");
        let expected: Vec<String> = expected.lines().map(placed).collect();
        assert_eq!(read(text, &nothing).unwrap_err(), expected.join("\n"));
    }
    let error = load_text(&nothing, None).unwrap_err().to_string();
    assert!(
        error
            .lines()
            .all(|line| line.starts_with("configuration: control_plane.")),
        "{error}"
    );
}

#[test]
fn what_is_shown_reads_back_as_the_same_and_holds_no_secret() {
    let text = "title: ${SECRET}\nserver: {port: '${NUMBER}'}\ntask_allowlist: ['yes', a/b]";
    let variables = [
        ("SECRET", "canary"),
        ("NUMBER", "4321"),
        ("FLYTE_WEBHOOK__DESCRIPTION", "${NOT_EXPANDED} \"x\""),
        ("FLYTE_WEBHOOK__LIMITS__JSON_DEPTH", "9"),
        ("FLYTE_WEBHOOK__EGRESS__ALLOW", "[10.0.0.0/8]"),
    ];
    let loaded = read(text, &sources(&variables)).unwrap();
    let shown = loaded.show();
    assert!(
        !shown.contains("canary") && !shown.contains("4321"),
        "{shown}"
    );
    let again = Sources {
        environment: Environment::of([("SECRET", "canary"), ("NUMBER", "4321")]),
        ..Sources::default()
    };
    let again = read(&shown, &again).unwrap();
    assert_eq!(
        format!("{:?}", again.config),
        format!("{:?}", loaded.config)
    );
    assert_eq!(again.show(), shown);
}

#[test]
fn the_checked_in_schema_is_the_programs() {
    let checked_in = include_str!("../../config/schema.json");
    let current = format!("{:#}\n", schema());
    let refresh =
        "config/schema.json is stale; run: cargo run -- config schema > config/schema.json";
    assert!(checked_in == current, "{refresh}");
}

#[test]
fn the_defaults_name_every_key_of_the_schema_and_no_other() {
    let defaults = sources::defaults();
    same_keys(&schema(), &defaults, "");
    typed::read::<File>(defaults.clone(), &defaults).unwrap();
}

fn same_keys(schema: &serde_json::Value, defaults: &node::Node, above: &str) {
    let Some(properties) = schema.get("properties").and_then(|it| it.as_object()) else {
        return;
    };
    let keys: Vec<&str> = properties.keys().map(String::as_str).collect();
    assert_eq!(
        defaults.names().collect::<Vec<_>>(),
        keys,
        "below {above:?}"
    );
    for (key, schema) in properties {
        same_keys(schema, defaults.get(key).unwrap(), key);
    }
}

#[test]
fn every_example_is_a_valid_configuration() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config/examples");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = Some(entry.unwrap().path());
        load(&Sources {
            file,
            ..sources(&[
                ("GITHUB_WEBHOOK_SECRET", "a-secret-of-the-tests-0123456789"),
                ("FLYTE_API_KEY", "dev"),
            ])
        })
        .unwrap();
        count += 1;
    }
    assert!(count >= 5, "{count} examples in {folder}");
}
