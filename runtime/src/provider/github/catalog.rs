//! The events of GitHub.

use super::payload::{
    CheckRunEvent, InstallationEvent, IssueCommentEvent, IssuesEvent, Ping, PullRequestEvent, Push,
    ReleaseEvent, WorkflowRunEvent,
};

crate::catalog! {
    /// The events of GitHub.com, Enterprise Cloud and Enterprise Server. Source:
    /// <https://docs.github.com/en/webhooks/webhook-events-and-payloads>, as the packages describe it that
    /// `events.txt` names, read in 2026.
    ///
    /// An event's name is that of the header `X-GitHub-Event`, and behind a dot the body's `action` where it has one:
    /// `issues.opened`, `push`. Those without a type are the ones that few act on: take a type of your own for them.
    ///
    /// The action of `repository_dispatch` is whatever text its caller chose, and so no list can be complete: a handler
    /// of `repository_dispatch.*` takes them all, and one of `unlisted("repository_dispatch.deploy")` a certain one.
    pub GITHUB for GitHub {
        include_str!("events.txt"),
        "ping" => Ping,
        "push" => Push,
        "pull_request.*" => PullRequestEvent,
        "issues.*" => IssuesEvent,
        "issue_comment.*" => IssueCommentEvent,
        "release.*" => ReleaseEvent,
        "workflow_run.*" => WorkflowRunEvent,
        "check_run.*" => CheckRunEvent,
        "installation.*" => InstallationEvent,
    }
}
