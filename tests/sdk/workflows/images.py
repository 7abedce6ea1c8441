"""Builds an image with the control plane's builder, in a process of its own."""

import sys

import flyte


def main(endpoint: str, project: str, domain: str) -> None:
    flyte.init(endpoint=endpoint, insecure=True, project=project, domain=domain, image_builder="remote")
    image = flyte.Image.from_debian_base(python_version=(3, 11), flyte_version="2.12.1", name="site")
    image = image.with_apt_packages("git").with_pip_packages("httpx", pre=True)
    print(flyte.build(image).uri)


main(*sys.argv[1:])
