"""Each alert fires when what it warns of happens, and none while all is well.

promtool evaluates the shipped rules over half an hour, a sample a minute.
"""

import subprocess

import pytest
import yaml

from conftest import OBSERVABILITY, program, rules

REQUESTS = "flyte_webhook_http_server_request_duration_seconds_count"
CALLS = "flyte_webhook_control_plane_request_duration_seconds"
OF = 'job="flyte-webhook",instance="a"'


def series(name: str, labels: str = "") -> str:
    return f"{name}{{{OF}{',' if labels else ''}{labels}}}"


def rising(by: float) -> str:
    return f"0+{by}x40"


def steady(value: float) -> str:
    return f"{value}x40"


ANSWERED = series(REQUESTS, 'http_route="/me",http_response_status_code="200"')
FAILED = series(REQUESTS, 'http_route="/me",http_response_status_code="503"')
CALLED = series(f"{CALLS}_count", 'rpc_method="a/B",http_response_status_code="200",error_type=""')
LATE = series(f"{CALLS}_count", 'rpc_method="a/B",http_response_status_code="",error_type="timeout"')
UNAVAILABLE = series(
    f"{CALLS}_count", 'rpc_method="a/B",http_response_status_code="503",error_type=""'
)
NOT_CALLED = series(
    f"{CALLS}_count", 'rpc_method="a/B",http_response_status_code="",error_type="not_called"'
)


def bucket(edge: str) -> str:
    return series(f"{CALLS}_bucket", f'rpc_method="a/B",error_type="",le="{edge}"')


def delivered(outcome: str) -> str:
    return series("flyte_webhook_hook_deliveries_total", f'hook="deploy",outcome="{outcome}"')


def launched(outcome: str) -> str:
    return series("flyte_webhook_hook_launches_total", f'hook="deploy",outcome="{outcome}"')


def kept(outcome: str) -> str:
    return series("flyte_webhook_inbox_deliveries_total", f'outcome="{outcome}"')


def attempted(outcome: str) -> str:
    return series("flyte_webhook_inbox_attempts_total", f'outcome="{outcome}"')


# Much happens, some of it goes wrong, and nobody has to get up.
WELL = {
    series("up"): steady(1),
    series("process_start_time_seconds"): steady(1000),
    series("process_open_fds"): steady(70),
    series("process_max_fds"): steady(100),
    series("flyte_webhook_http_server_panics_total"): steady(3),
    series("flyte_webhook_config_last_reload_successful"): steady(1),
    ANSWERED: rising(1000),
    FAILED: rising(40),
    series("flyte_webhook_http_server_problems_total", 'code="overloaded",source="webhook"'): steady(5),
    series("flyte_webhook_http_server_problems_total", 'code="invalid",source="webhook"'): rising(500),
    series("flyte_webhook_http_server_connections_total", 'outcome="served"'): rising(500),
    series("flyte_webhook_http_server_connections_total", 'outcome="refused"'): steady(4),
    series("flyte_webhook_http_server_rate_limited_total", 'limit="caller"'): rising(10),
    series("flyte_webhook_http_server_rate_limited_total", 'limit="address_failures"'): steady(10),
    CALLED: rising(1000),
    UNAVAILABLE: rising(50),
    LATE: rising(20),
    NOT_CALLED: steady(20),
    bucket("5"): rising(990),
    bucket("7.5"): rising(1000),
    bucket("+Inf"): rising(1000),
    series("flyte_webhook_control_plane_retries_total", 'outcome="made"'): rising(70),
    series("flyte_webhook_control_plane_retries_total", 'outcome="no_budget"'): steady(1),
    series("flyte_webhook_runs_started_total", 'from="task",outcome="started"'): rising(100),
    series("flyte_webhook_runs_started_total", 'from="task",outcome="refused"'): rising(100),
    series("flyte_webhook_runs_started_total", 'from="task",outcome="unknown"'): rising(1),
    series("flyte_webhook_token_exchanges_total", 'outcome="exchanged"'): rising(10),
    series("flyte_webhook_token_exchanges_total", 'outcome="failed"'): steady(2),
    series("flyte_webhook_egress_refusals_total"): steady(2),
    delivered("launched"): rising(100),
    delivered("stored"): rising(100),
    delivered("ignored"): rising(300),
    delivered("unverified"): rising(100),
    delivered("refused"): rising(10),
    delivered("rate_limited"): steady(10),
    delivered("unreadable"): steady(1),
    delivered("unmapped"): steady(2),
    launched("started"): rising(200),
    launched("found"): rising(20),
    launched("failed"): rising(20),
    launched("refused"): steady(3),
    kept("stored"): rising(100),
    kept("duplicate"): rising(10),
    kept("full"): steady(3),
    kept("failed"): steady(1),
    attempted("launched"): rising(100),
    attempted("retry"): rising(10),
    attempted("dead"): steady(2),
    series("flyte_webhook_inbox_oldest_pending_seconds"): steady(300),
    series("flyte_webhook_inbox_dead_letters"): steady(2),
    series("flyte_webhook_inbox_bytes"): steady(700),
    series("flyte_webhook_inbox_max_bytes"): steady(1000),
    series("flyte_webhook_trace_spans_total", 'outcome="exported"'): rising(1000),
    series("flyte_webhook_trace_spans_total", 'outcome="dropped"'): steady(7),
}  # fmt: skip

# What is different when it fires.
FIRES = {
    "FlyteWebhookDown": {series("up"): steady(0)},
    "FlyteWebhookRestarting": {series("process_start_time_seconds"): "1000+60x40"},
    "FlyteWebhookPanics": {series("flyte_webhook_http_server_panics_total"): "0x20 1x20"},
    "FlyteWebhookServerErrors": {FAILED: rising(60)},
    "FlyteWebhookOverloaded": {
        series("flyte_webhook_http_server_problems_total", 'code="overloaded",source="webhook"'): rising(1)
    },
    "FlyteWebhookConnectionsRefused": {
        series("flyte_webhook_http_server_connections_total", 'outcome="refused"'): rising(1)
    },
    "FlyteWebhookCredentialsTried": {
        series("flyte_webhook_http_server_rate_limited_total", 'limit="address_failures"'): rising(1)
    },
    "FlyteWebhookFilesRunningOut": {series("process_open_fds"): steady(81)},
    "FlyteWebhookConfigurationWrong": {
        series("flyte_webhook_config_last_reload_successful"): "1x10 0x30"
    },
    "FlyteWebhookControlPlaneFailing": {LATE: rising(70)},
    "FlyteWebhookControlPlaneNotCalled": {NOT_CALLED: rising(1)},
    "FlyteWebhookControlPlaneSlow": {bucket("5"): rising(900)},
    "FlyteWebhookRetriesExhausted": {
        series("flyte_webhook_control_plane_retries_total", 'outcome="no_budget"'): rising(1)
    },
    "FlyteWebhookRunsNotStarted": {
        series("flyte_webhook_runs_started_total", 'from="task",outcome="unknown"'): rising(30)
    },
    "FlyteWebhookTokenExchangeFailing": {
        series("flyte_webhook_token_exchanges_total", 'outcome="failed"'): rising(1)
    },
    "FlyteWebhookForbiddenAddresses": {
        series("flyte_webhook_egress_refusals_total"): "2x20 3x20"
    },
    "FlyteWebhookSignaturesRejected": {delivered("unverified"): rising(700)},
    "FlyteWebhookDeliveriesRefused": {delivered("refused"): rising(80)},
    "FlyteWebhookDeliveriesUnusable": {delivered("unmapped"): "2x20 3x20"},
    "FlyteWebhookHookLaunchesFailing": {launched("failed"): rising(70)},
    "FlyteWebhookInboxBehind": {
        series("flyte_webhook_inbox_oldest_pending_seconds"): "0+60x40"
    },
    "FlyteWebhookDeadLetters": {attempted("dead"): "2x20 3x20"},
    "FlyteWebhookInboxNearlyFull": {series("flyte_webhook_inbox_bytes"): steady(810)},
    "FlyteWebhookInboxRefuses": {kept("full"): rising(1)},
    "FlyteWebhookSpansLost": {
        series("flyte_webhook_trace_spans_total", 'outcome="dropped"'): rising(1)
    },
}  # fmt: skip


def evaluate(directory, values: dict[str, str], fires: list[str]) -> subprocess.CompletedProcess:
    """Whether these alerts fire after half an hour, and no other."""
    firing = [
        {"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in fires
    ]
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": value} for name, value in values.items()],
        "promql_expr_test": [
            {
                "expr": 'group by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": "30m",
                "exp_samples": firing,
            }
        ],
    }
    file = directory / "alerts.test.yaml"
    rule_files = [str(OBSERVABILITY / "alerts.yaml")]
    file.write_text(
        yaml.safe_dump({"rule_files": rule_files, "evaluation_interval": "1m", "tests": [test]})
    )
    command = [program("promtool"), "test", "rules", str(file)]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_server_without_an_inbox_has_no_full_one(tmp_path):
    none = {
        series("flyte_webhook_inbox_bytes"): steady(0),
        series("flyte_webhook_inbox_max_bytes"): steady(0),
    }
    evaluated = evaluate(tmp_path, WELL | none, [])
    assert evaluated.returncode == 0, evaluated.stdout + evaluated.stderr


def test_every_alert_is_shown_to_fire():
    assert {rule["alert"] for rule in rules()} == set(FIRES)


def test_none_fires_while_all_is_well(tmp_path):
    evaluated = evaluate(tmp_path, WELL, [])
    assert evaluated.returncode == 0, evaluated.stdout + evaluated.stderr


@pytest.mark.parametrize("alert", FIRES)
def test_it_alone_fires_when_what_it_warns_of_happens(tmp_path, alert):
    evaluated = evaluate(tmp_path, WELL | FIRES[alert], [alert])
    assert evaluated.returncode == 0, evaluated.stdout + evaluated.stderr
    # So that success means something.
    assert evaluate(tmp_path, WELL | FIRES[alert], []).returncode != 0


def test_every_alert_says_what_is_wrong_and_where_to_look():
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning", "info"), rule["alert"]
        assert set(rule["annotations"]) == {"summary", "description"}, rule["alert"]
