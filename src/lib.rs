//! A webhook server in front of the Flyte 2 control plane.
