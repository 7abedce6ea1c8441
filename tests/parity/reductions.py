"""What is compared of long bodies."""

import re


def operations(document) -> dict:
    """What a client generator makes of a document: operations, parameters, bodies."""
    found = {"info": document["info"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parameters = operation.get("parameters", [])
            found[f"{method} {path}"] = {
                "operationId": operation["operationId"],
                "parameters": sorted(
                    [one["in"], one["name"], one.get("required", False)] for one in parameters
                ),
                "body": operation.get("requestBody", {}).get("required", "requestBody" in operation),
            }
    return found


def answers(document) -> dict:
    """Which answers a document describes, and the schemas that it has a name for."""
    found = {"schemas": sorted(document["components"]["schemas"])}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found[f"{method} {path}"] = sorted(operation["responses"])
    return found


def origins(page) -> list[str]:
    """Where a page takes scripts, styles and pictures from; `/` is the server itself."""
    if not isinstance(page, str):
        return page
    urls = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page)
    return sorted({"/".join(url.split("/")[:3]) if "://" in url else "/" for url in urls})


REDUCTIONS = {"answers": answers, "operations": operations, "origins": origins}
