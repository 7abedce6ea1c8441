//! The middleware, one layer a file; [`stack`](super::stack) puts it in order.

pub mod access_log;
pub mod address_guard;
pub mod administration;
pub mod audit;
pub mod authenticate;
pub mod catch_panic;
pub mod chain;
pub mod cors;
pub mod cross_site;
pub mod deadline;
pub mod endpoint;
pub mod load_shed;
pub mod loop_guard;
pub mod measure;
pub mod normalize_path;
pub mod passthrough_auth;
pub mod problem_body;
pub mod rate_limit;
pub mod refused;
pub mod request_id;
pub mod security_headers;
pub mod trace;
