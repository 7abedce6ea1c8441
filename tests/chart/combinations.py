"""Combinations of values that people use, each under the sentence that says who does."""

from chart import CONFIG

KNATIVE = {"workload": "KnativeService"}
STATEFUL = {"workload": "StatefulSet"}
SQLITE = {**STATEFUL, "inbox": {"store": "sqlite"}}
POSTGRESQL = {"inbox": {"store": "postgresql", "postgresql": {"existingSecret": "inbox-db"}}}
ADMIN = {"admin": {"enabled": True, "existingSecret": "admin-token"}}
CONNECTOR = {"connector": {"enabled": True}}
TLS = {"cert_file": "/etc/flyte-webhook/secrets/crt", "key_file": "/etc/flyte-webhook/secrets/key"}
HOOK = {
    "source": "github",
    "ack": "stored",
    "secrets": [{"value": "0123456789abcdef0123456789abcdef"}],
    "identity": {"value": "robot"},
    "rules": [{"task": "production/site/deploy"}],
}
DIGEST = "sha256:" + "0123456789abcdef" * 4
PEER = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}
TOKEN = {"name": "ROBOT", "valueFrom": {"secretKeyRef": {"name": "robot", "key": "token"}}}
AFFINITY = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {"matchExpressions": [{"key": "arch", "operator": "In", "values": ["arm64"]}]}
            ]
        }
    }
}

WITHOUT_CONFIG = {
    "a configuration of one's own": {"existingConfigMap": {"name": "hook", "key": "hook.yaml"}},
    "all from the environment": {"envFrom": [{"secretRef": {"name": "hook"}}]},
}

WITH_CONFIG = {
    "nothing said": {},
    "one replica": {"replicaCount": 1},
    "none for now": {"replicaCount": 0},
    "a tag": {"image": {"repository": "registry.example.com/hook", "tag": "1.2.3"}},
    "a digest": {"image": {"repository": "registry.example.com/hook", "digest": DIGEST}},
    "a registry with a password": {"image": {"pullSecrets": [{"name": "registry"}]}},
    "other names": {"nameOverride": "receiver", "commonLabels": {"team": "platform"}},
    "a name of one's own": {"fullnameOverride": "deploy-hook"},
    "the longest name": {"fullnameOverride": "x" * 43},
    "secrets in the environment": {
        "env": [TOKEN, {"name": "A", "value": "b"}],
        "envFrom": [{"secretRef": {"name": "hook"}}, {"configMapRef": {"name": "c"}}],
    },
    "hooks that store, beside a connector": {
        **SQLITE,
        **CONNECTOR,
        "config": {**CONFIG, "hooks": {"deploy": HOOK}},
    },
    "secrets in files": {"secretFiles": {"existingSecret": "hook-secrets"}},
    "a private certificate authority": {"caBundle": {"existingConfigMap": "ca"}},
    "another port": {"containerPort": 9000, "service": {"port": 8080}},
    "an administrator": ADMIN,
    "administrators in the configuration": {
        "admin": {"enabled": True, "port": 9000},
        "config": {**CONFIG, "admin": {"tokens": [{"id": "ci", "hash": "ab" * 32}]}},
    },
    "TLS everywhere": {
        **ADMIN,
        **CONNECTOR,
        "secretFiles": {"existingSecret": "tls"},
        "config": {**CONFIG, **{it: {"tls": TLS} for it in ("server", "admin", "connector")}},
        "serviceMonitor": {"enabled": True, "tlsConfig": {"insecureSkipVerify": True}},
    },
    "TLS for a connector without administrators": {
        **CONNECTOR,
        "secretFiles": {"existingSecret": "tls"},
        "config": {**CONFIG, "connector": {"tls": TLS}},
    },
    "a connector with a key of its own": {
        "connector": {"enabled": True, "env": [{**TOKEN, "name": "RESOURCE_KEY"}]},
        "config": {**CONFIG, "connector": {"resource_key": "${RESOURCE_KEY}"}},
    },
    "metrics for the operator": {
        **ADMIN,
        "serviceMonitor": {"enabled": True, "interval": "15s", "labels": {"release": "p"}},
    },
    "an inbox on PostgreSQL": POSTGRESQL,
    "an inbox on PostgreSQL that grows": {**POSTGRESQL, "autoscaling": {"enabled": True}},
    "an inbox on a volume": SQLITE,
    "an inbox on a quick volume": {
        **STATEFUL,
        "replicaCount": 1,
        "inbox": {
            "store": "sqlite",
            "persistence": {
                "size": "20Gi",
                "storageClass": "fast",
                "accessModes": ["ReadWriteOncePod"],
                "annotations": {"backup": "daily"},
                "whenDeleted": "Delete",
            },
        },
    },
    "a StatefulSet without an inbox": STATEFUL,
    "a connector": CONNECTOR,
    "a connector that is watched": {
        **CONNECTOR,
        **ADMIN,
        "networkPolicy": {"enabled": True, "adminFrom": [PEER]},
        "serviceMonitor": {"enabled": True},
    },
    "a connector with secrets, kept apart": {
        "connector": {
            "enabled": True,
            "replicaCount": 3,
            "port": 9000,
            "env": [TOKEN],
            "envFrom": [{"secretRef": {"name": "tasks"}}],
            "serviceAnnotations": {"a": "b"},
        },
        "networkPolicy": {"enabled": True, "connectorFrom": [PEER]},
        "secretFiles": {"existingSecret": "hook-secrets", "mountPath": "/etc/secrets"},
        "caBundle": {"existingConfigMap": "ca"},
    },
    "an ingress": {"ingress": {"enabled": True, "hosts": ["hooks.example.com"]}},
    "an ingress with certificates": {
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "annotations": {"cert-manager.io/cluster-issuer": "ours"},
            "hosts": ["hooks.example.com", "*.example.org"],
            "tls": [{"hosts": ["hooks.example.com"], "secretName": "hooks-tls"}],
        }
    },
    "a gateway": {"httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]}},
    "a gateway elsewhere": {
        "httpRoute": {
            "enabled": True,
            "annotations": {"a": "b"},
            "parentRefs": [{"name": "public", "namespace": "gateways", "sectionName": "https"}],
            "hostnames": ["hooks.example.com"],
            "requestTimeout": "301s",
        }
    },
    "a load balancer": {"service": {"type": "LoadBalancer", "annotations": {"a": "b"}}},
    "a port of the nodes": {"service": {"type": "NodePort", "nodePort": 30080}},
    "HTTP/2 behind the proxy": {
        "config": {**CONFIG, "server": {"h2c": True}},
        "service": {"appProtocol": "h2c"},
    },
    "growth": {"autoscaling": {"enabled": True, "maxReplicas": 50}},
    "no budget and no spread": {
        "podDisruptionBudget": {"enabled": False},
        "topologySpread": {"enabled": False},
    },
    "half of them at once": {"podDisruptionBudget": {"maxUnavailable": "50%"}},
    "a closed network": {
        "networkPolicy": {
            "enabled": True,
            "from": [PEER],
            "adminFrom": [PEER],
            "egress": [{"ports": [{"port": 443}]}],
        }
    },
    "nodes of its own": {
        "nodeSelector": {"pool": "hooks"},
        "tolerations": [{"key": "hooks", "operator": "Exists", "effect": "NoSchedule"}],
        "affinity": AFFINITY,
        "priorityClassName": "high",
        "podAnnotations": {"a": "b"},
        "podLabels": {"c": "d"},
    },
    "an account of one's own": {"serviceAccount": {"create": False, "name": "hook"}},
    "an account with annotations": {"serviceAccount": {"name": "hook", "annotations": {"a": "b"}}},
    "the account that is there": {"serviceAccount": {"create": False}},
    "Knative": KNATIVE,
    "Knative within the cluster": {
        **KNATIVE,
        **POSTGRESQL,
        "knative": {
            "annotations": {"autoscaling.knative.dev/min-scale": "1"},
            "containerConcurrency": 100,
            "timeoutSeconds": 600,
            "clusterLocal": True,
        },
        "config": {**CONFIG, "server": {"h2c": True}},
        "service": {"appProtocol": "h2c"},
        "secretFiles": {"existingSecret": "hook-secrets"},
        "image": {"pullSecrets": [{"name": "registry"}]},
    },
    "Knative beside a connector": {**KNATIVE, **CONNECTOR},
    "no test": {"test": {"enabled": False}},
    "everything": {
        **SQLITE,
        **ADMIN,
        **CONNECTOR,
        "serviceMonitor": {"enabled": True},
        "networkPolicy": {"enabled": True, "adminFrom": [PEER]},
        "ingress": {"enabled": True, "hosts": ["hooks.example.com"]},
        "httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]},
        "env": [TOKEN],
        "secretFiles": {"existingSecret": "hook-secrets"},
        "caBundle": {"existingConfigMap": "ca"},
    },
}

COMBINATIONS = WITHOUT_CONFIG | {
    name: {"config": CONFIG, **values} for name, values in WITH_CONFIG.items()
}
