//! The status of an app as the Go server words it: one condition, and an
//! address as long as the app is not stopped.

use flyte_idl::flyteidl2::app::{Condition, Ingress, Status, status::DeploymentStatus};

use crate::embedded::{apps::Phase, store::apps::AppRow, wire};

pub(super) fn of(row: &AppRow, phase: &Phase) -> Status {
    let (status, message, port) = match phase {
        Phase::Stopped => (DeploymentStatus::Stopped, "", None),
        Phase::Stopping => (DeploymentStatus::ScalingDown, "", None),
        Phase::Starting { port } => (DeploymentStatus::Deploying, "", Some(*port)),
        Phase::Active { port } => (DeploymentStatus::Active, "", Some(*port)),
        Phase::Failed { why } => (DeploymentStatus::Failed, why.as_str(), None),
    };
    let condition = Condition {
        last_transition_time: wire::time(row.updated_at).into(),
        deployment_status: status.into(),
        message: message.to_owned(),
        ..Default::default()
    };
    Status {
        current_replicas: u32::from(status == DeploymentStatus::Active),
        ingress: port.map(ingress).into(),
        created_at: wire::time(row.created_at).into(),
        last_updated_at: wire::time(row.updated_at).into(),
        conditions: vec![condition],
        ..Default::default()
    }
}

fn ingress(port: u16) -> Ingress {
    Ingress {
        public_url: format!("http://127.0.0.1:{port}"),
        ..Default::default()
    }
}
