//! What GitHub's events carry: `data` is the whole body. Unknown fields are passed over; they stay readable through
//! [`RawBody`](crate::RawBody). Ids are numbers, times are ISO 8601.

use serde::{Deserialize, Serialize};

use super::resource::{
    Account, Changes, CheckRun, Commit, CommitAuthor, Hook, Installation, InstallationRef, Issue,
    IssueComment, Label, Milestone, PullRequest, Release, Repository, RequestedAction, Team, Workflow,
    WorkflowRun,
};
use crate::provider::payloads::{list, payloads};

payloads! { "github";
    /// The body of `ping`, which every new webhook sends first.
    ///
    /// Typed, since it shows what the webhook is subscribed to before anything happens. Source:
    /// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#ping>.
    Ping from r#"{"zen":"Design for failure.","hook_id":109948940}"# {
        /// The webhook's id.
        hook_id: Option<u64>,
        /// The webhook.
        hook: Option<Hook>,
        /// A saying; there is one in every ping.
        zen: Option<String>,
        /// The repository that the webhook belongs to.
        repository: Option<Repository>,
        /// The organization that the webhook belongs to, or that owns the repository.
        organization: Option<Account>,
        /// Who made the webhook.
        sender: Option<Account>,
    }

    /// The body of `push`: a branch or a tag was moved, made or removed.
    ///
    /// Typed, since builds and deployments begin with it. Pushes of more than three tags at once send no event.
    /// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#push>.
    Push from r#"{"ref":"refs/heads/main","before":"6113728f","after":"0d1a26e6","created":false,"deleted":false,
        "forced":false,"repository":{"id":1,"name":"hello","full_name":"octo/hello","private":false}}"# {
        /// What was pushed, in full, such as `refs/heads/main` or `refs/tags/v1.0`.
        r#ref: String,
        /// The commit before the push; all zeros when it is new.
        before: String,
        /// The commit after the push; all zeros when it was removed.
        after: String,
        /// Whether it is new.
        created: bool,
        /// Whether it was removed.
        deleted: bool,
        /// Whether commits were dropped.
        forced: bool,
        /// The commits, oldest first; at most 2048.
        #[serde(default, deserialize_with = "list")]
        commits: Vec<Commit>,
        /// The commit after the push; none when it was removed.
        head_commit: Option<Commit>,
        /// Where the commits can be compared.
        compare: Option<String>,
        /// The repository.
        repository: Repository,
        /// Who pushed, as Git says.
        pusher: Option<CommitAuthor>,
        /// Who pushed, as an account.
        sender: Option<Account>,
        /// The installation, when the webhook is an app's.
        installation: Option<InstallationRef>,
    }

    /// The body of `pull_request.*`.
    ///
    /// Typed, since most bots answer to it. A merge is `pull_request.closed` with `merged`. Source:
    /// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request>.
    PullRequestEvent from r#"{"action":"opened","number":2,
        "pull_request":{"id":279147437,"number":2,"title":"Update the README","state":"open",
            "head":{"ref":"changes","sha":"ec26c3e5"},"base":{"ref":"master","sha":"f95f852b"}},
        "repository":{"id":1,"name":"hello","full_name":"octo/hello","private":false}}"# {
        /// What happened, such as `opened` or `synchronize`.
        action: String,
        /// The pull request's number within the repository.
        number: u64,
        /// The pull request.
        pull_request: PullRequest,
        /// The label that was added or removed.
        label: Option<Label>,
        /// Who was assigned or unassigned.
        assignee: Option<Account>,
        /// Who was asked for a review, or is no longer asked.
        requested_reviewer: Option<Account>,
        /// The team that was asked for a review, or is no longer asked.
        requested_team: Option<Team>,
        /// The last commit before a push, with `synchronize`.
        before: Option<String>,
        /// The last commit after it, with `synchronize`.
        after: Option<String>,
        /// What was changed, with `edited`.
        changes: Option<Changes>,
        /// The repository.
        repository: Repository,
        /// Who did it.
        sender: Option<Account>,
        /// The installation, when the webhook is an app's.
        installation: Option<InstallationRef>,
    }

    /// The body of `issues.*`.
    ///
    /// Typed, since trackers and triage follow it. Source:
    /// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues>.
    IssuesEvent from r#"{"action":"opened","issue":{"id":444500041,"number":1,"title":"Spelling error"},
        "repository":{"id":1,"name":"hello","full_name":"octo/hello","private":false}}"# {
        /// What happened, such as `opened` or `labeled`.
        action: String,
        /// The issue.
        issue: Issue,
        /// The label that was added or removed.
        label: Option<Label>,
        /// Who was assigned or unassigned.
        assignee: Option<Account>,
        /// The milestone that it was put into or taken from.
        milestone: Option<Milestone>,
        /// What was changed, with `edited` and `transferred`.
        changes: Option<Changes>,
        /// The repository.
        repository: Repository,
        /// Who did it.
        sender: Option<Account>,
        /// The installation, when the webhook is an app's.
        installation: Option<InstallationRef>,
    }

    /// The body of `issue_comment.*`: comments on issues, and those on pull requests that stand at no line.
    ///
    /// Typed, since bots take their commands from it. Source:
    /// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment>.
    IssueCommentEvent from r#"{"action":"created","issue":{"id":444500041,"number":1,"title":"Spelling error"},
        "comment":{"id":492700400,"body":"You are totally right!"},
        "repository":{"id":1,"name":"hello","full_name":"octo/hello","private":false}}"# {
        /// What happened, such as `created`.
        action: String,
        /// The issue; its `pull_request` says whether it is one.
        issue: Issue,
        /// The comment.
        comment: IssueComment,
        /// What was changed, with `edited`.
        changes: Option<Changes>,
        /// The repository.
        repository: Repository,
        /// Who did it.
        sender: Option<Account>,
        /// The installation, when the webhook is an app's.
        installation: Option<InstallationRef>,
    }

    /// The body of `release.*`.
    ///
    /// Typed, since publishing begins with it: `published` comes once for each release, drafts and
    /// pre-releases come with other actions too. Source:
    /// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#release>.
    ReleaseEvent from r#"{"action":"published",
        "release":{"id":17372790,"tag_name":"0.0.1","draft":false,"prerelease":false},
        "repository":{"id":1,"name":"hello","full_name":"octo/hello","private":false}}"# {
        /// What happened, such as `published`.
        action: String,
        /// The release.
        release: Release,
        /// What was changed, with `edited`.
        changes: Option<Changes>,
        /// The repository.
        repository: Repository,
        /// Who did it.
        sender: Option<Account>,
        /// The installation, when the webhook is an app's.
        installation: Option<InstallationRef>,
    }

    /// The body of `workflow_run.*`: GitHub Actions began or ended a run.
    ///
    /// Typed, since what comes after a build begins with it. Source:
    /// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run>.
    WorkflowRunEvent from r#"{"action":"completed",
        "workflow_run":{"id":1616101465,"workflow_id":11439,"run_number":10,"event":"push","head_sha":"5e43c4c"},
        "repository":{"id":1,"name":"hello","full_name":"octo/hello","private":false}}"# {
        /// What happened: `requested`, `in_progress` or `completed`.
        action: String,
        /// The run.
        workflow_run: WorkflowRun,
        /// Its workflow.
        workflow: Option<Workflow>,
        /// The repository.
        repository: Repository,
        /// Who did it.
        sender: Option<Account>,
        /// The installation, when the webhook is an app's.
        installation: Option<InstallationRef>,
    }

    /// The body of `check_run.*`.
    ///
    /// Typed, since apps that check commits are told by it when to run. Source:
    /// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#check_run>.
    CheckRunEvent from r#"{"action":"completed",
        "check_run":{"id":128620228,"name":"Octocoders-linter","head_sha":"ec26c3e5"},
        "repository":{"id":1,"name":"hello","full_name":"octo/hello","private":false}}"# {
        /// What happened, such as `completed` or `rerequested`.
        action: String,
        /// The run.
        check_run: CheckRun,
        /// The button that was pressed, with `requested_action`.
        requested_action: Option<RequestedAction>,
        /// The repository.
        repository: Repository,
        /// Who did it.
        sender: Option<Account>,
        /// The installation, when the webhook is an app's.
        installation: Option<InstallationRef>,
    }

    /// The body of `installation.*`: a GitHub App was installed, removed, suspended or given other permissions.
    ///
    /// Typed, since an app keeps its list of customers by it. Every app gets it without being subscribed. Source:
    /// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#installation>.
    InstallationEvent from r#"{"action":"created","installation":{"id":957387,"app_id":29310}}"# {
        /// What happened, such as `created` or `suspend`.
        action: String,
        /// The installation.
        installation: Installation,
        /// The repositories that the app can reach, in events that list them.
        #[serde(default, deserialize_with = "list")]
        repositories: Vec<Repository>,
        /// Who asked for the installation, when somebody else approved it.
        requester: Option<Account>,
        /// Who did it.
        sender: Option<Account>,
    }
}
