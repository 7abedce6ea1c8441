//! Lists of runs and of the actions of a run.

use flyte_idl::flyteidl2::common::ListRequest;

use super::{
    RunKey, Store,
    actions::ActionRow,
    filter::{Column, Kind, column},
    page::{self, Page, Source},
};

const COLUMNS: &[Column] = &[
    column("name", "run", Kind::Text),
    column("run_name", "run", Kind::Text),
    column("action_name", "name", Kind::Text),
    column("parent_name", "parent", Kind::Text),
    column("phase", "phase", Kind::Integer),
    column("task_name", "task_name", Kind::Text),
    column("task_version", "task_version", Kind::Text),
    column("created_by", "created_by", Kind::Text),
    column("labels", "labels", Kind::Text),
    column("created_at", "created_at", Kind::Time),
    column("updated_at", "updated_at", Kind::Time),
    column("start_time", "created_at", Kind::Time),
    column("end_time", "ended_at", Kind::Time),
];

const ACTIONS: &str = "(SELECT *, id AS seq FROM actions)";

impl Store {
    /// Runs, within equalities of our own columns.
    pub(in crate::embedded) async fn runs(
        &self,
        scope: &[(&'static str, &str)],
        request: &ListRequest,
    ) -> Result<Page<ActionRow>, page::Error> {
        let mut scope = scope.to_vec();
        scope.retain(|(_, value)| !value.is_empty());
        scope.push(("name", super::ROOT));
        let source = Source {
            from: ACTIONS,
            scope: &scope,
            columns: COLUMNS,
        };
        self.page(&source, request).await
    }

    /// The actions of a run.
    pub(in crate::embedded) async fn actions(
        &self,
        run: &RunKey,
        request: &ListRequest,
    ) -> Result<Page<ActionRow>, page::Error> {
        let scope = [
            ("project", run.project.as_str()),
            ("domain", run.domain.as_str()),
            ("run", run.run.as_str()),
        ];
        let source = Source {
            from: ACTIONS,
            scope: &scope,
            columns: COLUMNS,
        };
        self.page(&source, request).await
    }
}
