//! The payload types of GitHub, by their names in the catalog.

use serde::de::DeserializeOwned;
use switchhook::provider::github::{
    CheckRunEvent, InstallationEvent, IssueCommentEvent, IssuesEvent, Ping, PullRequestEvent, Push,
    ReleaseEvent, WorkflowRunEvent,
};

/// Decodes a payload as the type of this name.
pub(crate) fn decode(name: &str, json: &str) -> Result<(), serde_json::Error> {
    fn of<T: DeserializeOwned>(json: &str) -> Result<(), serde_json::Error> {
        serde_json::from_str::<T>(json).map(drop)
    }
    match name {
        "CheckRunEvent" => of::<CheckRunEvent>(json),
        "InstallationEvent" => of::<InstallationEvent>(json),
        "IssueCommentEvent" => of::<IssueCommentEvent>(json),
        "IssuesEvent" => of::<IssuesEvent>(json),
        "Ping" => of::<Ping>(json),
        "PullRequestEvent" => of::<PullRequestEvent>(json),
        "Push" => of::<Push>(json),
        "ReleaseEvent" => of::<ReleaseEvent>(json),
        "WorkflowRunEvent" => of::<WorkflowRunEvent>(json),
        other => panic!("`{other}` is missing here"),
    }
}
