//! The objects that stand within the bodies of GitHub's events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::provider::payloads::{list, or_default, payloads};

payloads! { "github";
    /// A user, an organization or a bot. Events show few of its fields.
    ///
    /// Source: <https://docs.github.com/en/rest/users/users#get-a-user>.
    Account from r#"{"id":21031067,"login":"Codertocat","type":"User"}"# {
        /// The account's id; it stays when the login changes.
        id: u64,
        /// The name it signs in with. It can change, and then belong to somebody else.
        login: String,
        /// `User`, `Organization` or `Bot`; organizations come without it where they stand by themselves.
        r#type: Option<String>,
        /// Where its page is.
        html_url: Option<String>,
        /// The address for mail, in pushes only.
        email: Option<String>,
    }

    /// A repository. Lists of an installation show only its id, its names and whether it is private.
    ///
    /// Source: <https://docs.github.com/en/rest/repos/repos#get-a-repository>.
    Repository from r#"{"id":186853002,"name":"Hello-World","full_name":"Codertocat/Hello-World","private":false}"# {
        /// The repository's id; it stays when the repository is renamed or transferred.
        id: u64,
        /// Its name without the owner.
        name: String,
        /// Its name with the owner, such as `Codertocat/Hello-World`.
        full_name: String,
        /// Whether few can see it.
        private: bool,
        /// Who owns it.
        owner: Option<Account>,
        /// What it is about.
        description: Option<String>,
        /// Whether it is a fork of another one.
        fork: Option<bool>,
        /// Whether it is read-only.
        archived: Option<bool>,
        /// The branch that is checked out by default.
        default_branch: Option<String>,
        /// `public`, `private` or `internal`.
        visibility: Option<String>,
        /// Where its page is.
        html_url: Option<String>,
        /// Where to clone it from.
        clone_url: Option<String>,
    }

    /// The installation of a GitHub App that an event was sent for: its id, for an access token.
    ///
    /// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads>.
    InstallationRef from r#"{"id":2311786}"# {
        /// The installation's id.
        id: u64,
    }

    /// The webhook that a `ping` is about. Its secret, which GitHub sends masked, is left out.
    ///
    /// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#ping>.
    Hook from r#"{"id":109948940,"type":"Repository","active":true,"events":["*"]}"# {
        /// The webhook's id.
        id: u64,
        /// `Repository`, `Organization` or `App`.
        r#type: Option<String>,
        /// Whether it is switched on.
        active: Option<bool>,
        /// The events that it was subscribed to; `*` is all of them.
        #[serde(default, deserialize_with = "list")]
        events: Vec<String>,
        /// The id of the GitHub App that it belongs to.
        app_id: Option<u64>,
        /// How it delivers.
        config: Option<HookConfig>,
    }

    /// How a webhook delivers.
    ///
    /// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#ping>.
    HookConfig from r#"{"url":"https://example.com/hooks","content_type":"json"}"# {
        /// Where it delivers to.
        url: Option<String>,
        /// `json` or `form`. Of `form`, an endpoint cannot read the body.
        content_type: Option<String>,
    }

    /// A commit of a push, or the one that a workflow ran on. Only pushes show which files it touched.
    ///
    /// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#push>.
    Commit from r#"{"id":"6113728f27ae82c7b1a177c8d03f9e96e0adf246","message":"Say hello"}"# {
        /// The commit's hash.
        id: String,
        /// Its whole message.
        message: String,
        /// When it was made, ISO 8601 with the author's offset.
        timestamp: Option<String>,
        /// Where it is, in pushes.
        url: Option<String>,
        /// Whether it was not in the repository before, in pushes.
        distinct: Option<bool>,
        /// Who wrote it.
        author: Option<CommitAuthor>,
        /// Who committed it.
        committer: Option<CommitAuthor>,
        /// The files that it added. Of one commit, at most 3000 files are listed.
        #[serde(default, deserialize_with = "list")]
        added: Vec<String>,
        /// The files that it changed.
        #[serde(default, deserialize_with = "list")]
        modified: Vec<String>,
        /// The files that it removed.
        #[serde(default, deserialize_with = "list")]
        removed: Vec<String>,
    }

    /// Who wrote, committed or pushed, as Git says: names and addresses that nobody has checked.
    ///
    /// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#push>.
    CommitAuthor from r#"{"name":"Codertocat","email":"codertocat@example.com"}"# {
        /// The name.
        name: Option<String>,
        /// The address for mail.
        email: Option<String>,
        /// The login, where GitHub knows an account of this address.
        username: Option<String>,
    }

    /// A label of an issue or of a pull request.
    ///
    /// Source: <https://docs.github.com/en/rest/issues/labels#get-a-label>.
    Label from r#"{"id":1362934389,"name":"bug","color":"d73a4a"}"# {
        /// The label's id.
        id: u64,
        /// Its name.
        name: String,
        /// Its color, six hex digits.
        color: Option<String>,
        /// What it is for.
        description: Option<String>,
    }

    /// A milestone.
    ///
    /// Source: <https://docs.github.com/en/rest/issues/milestones#get-a-milestone>.
    Milestone from r#"{"id":4317517,"number":1,"title":"v1.0","state":"closed"}"# {
        /// The milestone's id.
        id: u64,
        /// Its number within the repository.
        number: u64,
        /// Its name.
        title: String,
        /// `open` or `closed`.
        state: Option<String>,
        /// When it is due, ISO 8601.
        due_on: Option<String>,
        /// Where its page is.
        html_url: Option<String>,
    }

    /// An issue, or a pull request seen as one: comments on both come with it.
    ///
    /// Source: <https://docs.github.com/en/rest/issues/issues#get-an-issue>.
    Issue from r#"{"id":444500041,"number":1,"title":"Spelling error in the README","state":"open"}"# {
        /// The issue's id.
        id: u64,
        /// Its number within the repository.
        number: u64,
        /// Its title.
        title: String,
        /// What was written, in Markdown.
        body: Option<String>,
        /// `open` or `closed`.
        state: Option<String>,
        /// Why it has that state, such as `completed` or `not_planned`.
        state_reason: Option<String>,
        /// Who opened it; none when the account is gone.
        user: Option<Account>,
        /// Its labels.
        #[serde(default, deserialize_with = "list")]
        labels: Vec<Label>,
        /// Whom it is assigned to.
        #[serde(default, deserialize_with = "list")]
        assignees: Vec<Account>,
        /// The milestone it is part of.
        milestone: Option<Milestone>,
        /// Set when the issue is a pull request.
        pull_request: Option<IssuePullRequest>,
        /// Where its page is.
        html_url: Option<String>,
        /// When it was changed last, ISO 8601.
        updated_at: Option<String>,
    }

    /// Says that an issue is a pull request, and which.
    ///
    /// Source: <https://docs.github.com/en/rest/issues/issues#get-an-issue>.
    IssuePullRequest from r#"{"url":"https://api.github.com/repos/Codertocat/Hello-World/pulls/2"}"# {
        /// Where the API has the pull request.
        url: Option<String>,
        /// Where its page is.
        html_url: Option<String>,
    }

    /// A comment on an issue or on a pull request.
    ///
    /// Source: <https://docs.github.com/en/rest/issues/comments#get-an-issue-comment>.
    IssueComment from r#"{"id":492700400,"body":"You are totally right!"}"# {
        /// The comment's id.
        id: u64,
        /// What was written, in Markdown.
        body: String,
        /// Who wrote it; none when the account is gone.
        user: Option<Account>,
        /// What the author is to the repository, such as `OWNER`, `MEMBER` or `NONE`.
        author_association: Option<String>,
        /// Where it is.
        html_url: Option<String>,
        /// When it was written, ISO 8601.
        created_at: Option<String>,
        /// When it was changed last, ISO 8601.
        updated_at: Option<String>,
    }

    /// A pull request.
    ///
    /// Source: <https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request>.
    PullRequest from r#"{"id":279147437,"number":2,"title":"Update the README","state":"open",
        "head":{"ref":"changes","sha":"ec26c3e5"},"base":{"ref":"master","sha":"f95f852b"}}"# {
        /// The pull request's id.
        id: u64,
        /// Its number within the repository.
        number: u64,
        /// Its title.
        title: String,
        /// What was written, in Markdown.
        body: Option<String>,
        /// `open` or `closed`.
        state: String,
        /// Whether it is a draft.
        draft: Option<bool>,
        /// Whether it was merged: of a closed one, what became of it.
        merged: Option<bool>,
        /// The commit that merged it, or would.
        merge_commit_sha: Option<String>,
        /// Who opened it; none when the account is gone.
        user: Option<Account>,
        /// What is to be merged.
        head: Branch,
        /// Where it is to be merged into.
        base: Branch,
        /// Its labels.
        #[serde(default, deserialize_with = "list")]
        labels: Vec<Label>,
        /// Where its page is.
        html_url: Option<String>,
        /// When it was changed last, ISO 8601.
        updated_at: Option<String>,
    }

    /// One side of a pull request.
    ///
    /// Source: <https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request>.
    Branch from r#"{"ref":"changes","sha":"ec26c3e57ca3a959ca5aad62de7213c562f8c821","label":"Codertocat:changes"}"# {
        /// The branch.
        r#ref: String,
        /// The commit at its end.
        sha: String,
        /// The branch with its owner, such as `Codertocat:changes`.
        label: Option<String>,
        /// Whose branch it is; none when the account is gone.
        user: Option<Account>,
        /// Its repository, which can be a fork; none when it is gone.
        repo: Option<Repository>,
    }

    /// A pull request that a run belongs to. Runs of forks list none.
    ///
    /// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#check_run>.
    PullRequestRef from r#"{"id":279147437,"number":2}"# {
        /// The pull request's id.
        id: u64,
        /// Its number within the repository.
        number: u64,
        /// Where the API has it.
        url: Option<String>,
    }

    /// A team of an organization.
    ///
    /// Source: <https://docs.github.com/en/rest/teams/teams#get-a-team-by-name>.
    Team from r#"{"id":3253328,"name":"github","slug":"github"}"# {
        /// The team's id.
        id: u64,
        /// Its name.
        name: String,
        /// Its name as addresses have it.
        slug: Option<String>,
    }

    /// A release.
    ///
    /// Source: <https://docs.github.com/en/rest/releases/releases#get-a-release>.
    Release from r#"{"id":17372790,"tag_name":"0.0.1","draft":false,"prerelease":false}"# {
        /// The release's id.
        id: u64,
        /// The tag it stands for.
        tag_name: String,
        /// The branch or commit that the tag was made from.
        target_commitish: Option<String>,
        /// Its title.
        name: Option<String>,
        /// Its notes, in Markdown.
        body: Option<String>,
        /// Whether it is not published yet.
        draft: bool,
        /// Whether it is marked as not ready for production.
        prerelease: bool,
        /// Who made it; none when the account is gone.
        author: Option<Account>,
        /// The files that come with it.
        #[serde(default, deserialize_with = "list")]
        assets: Vec<ReleaseAsset>,
        /// Where its page is.
        html_url: Option<String>,
        /// When it was published, ISO 8601.
        published_at: Option<String>,
    }

    /// A file of a release.
    ///
    /// Source: <https://docs.github.com/en/rest/releases/assets#get-a-release-asset>.
    ReleaseAsset from r#"{"id":1,"name":"hello.tar.gz","size":1024}"# {
        /// The file's id.
        id: u64,
        /// Its name.
        name: String,
        /// Its length in bytes.
        size: Option<u64>,
        /// Its media type.
        content_type: Option<String>,
        /// Its hash, such as `sha256:…`, where GitHub made one.
        digest: Option<String>,
        /// Where to get it.
        browser_download_url: Option<String>,
    }

    /// A run of a workflow.
    ///
    /// Source: <https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run>.
    WorkflowRun from r#"{"id":1616101465,"workflow_id":11439,"run_number":10,"event":"push","head_sha":"5e43c4c",
        "status":"completed","conclusion":"success"}"# {
        /// The run's id.
        id: u64,
        /// The id of its workflow.
        workflow_id: u64,
        /// Which run of the workflow it is.
        run_number: u64,
        /// Which attempt of the run it is.
        run_attempt: Option<u64>,
        /// The workflow's name.
        name: Option<String>,
        /// What set it off, such as `push`.
        event: String,
        /// How far it is, such as `queued` or `completed`.
        status: Option<String>,
        /// How it ended, such as `success` or `failure`; none before its end.
        conclusion: Option<String>,
        /// The branch that it ran on.
        head_branch: Option<String>,
        /// The commit that it ran on.
        head_sha: String,
        /// The repository of that commit. Of a pull request from a fork, it is the fork: do not trust its contents.
        head_repository: Option<HeadRepository>,
        /// Who set it off.
        actor: Option<Account>,
        /// The pull requests that it belongs to.
        #[serde(default, deserialize_with = "list")]
        pull_requests: Vec<PullRequestRef>,
        /// Where its page is.
        html_url: Option<String>,
    }

    /// The repository of the commit that a workflow ran on. GitHub's description lets nearly all of it be missing.
    ///
    /// Source: <https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run>.
    HeadRepository from r#"{"id":186853002,"full_name":"Codertocat/Hello-World","fork":true}"# {
        /// The repository's id.
        id: Option<u64>,
        /// Its name with the owner, such as `Codertocat/Hello-World`.
        full_name: Option<String>,
        /// Who owns it.
        owner: Option<Account>,
        /// Whether it is a fork of another one.
        fork: Option<bool>,
        /// Whether few can see it.
        private: Option<bool>,
        /// Where its page is.
        html_url: Option<String>,
    }

    /// A workflow.
    ///
    /// Source: <https://docs.github.com/en/rest/actions/workflows#get-a-workflow>.
    Workflow from r#"{"id":11439,"name":"CI","path":".github/workflows/ci.yml"}"# {
        /// The workflow's id.
        id: u64,
        /// Its name.
        name: String,
        /// Its file.
        path: Option<String>,
        /// Whether it is switched on, such as `active`.
        state: Option<String>,
    }

    /// A run of a check.
    ///
    /// Source: <https://docs.github.com/en/rest/checks/runs#get-a-check-run>.
    CheckRun from r#"{"id":128620228,"name":"Octocoders-linter","head_sha":"ec26c3e5","status":"completed"}"# {
        /// The run's id.
        id: u64,
        /// The check's name.
        name: String,
        /// The commit that is checked.
        head_sha: String,
        /// How far it is, such as `in_progress` or `completed`.
        status: Option<String>,
        /// How it ended, such as `success` or `failure`; none before its end.
        conclusion: Option<String>,
        /// What the app that made it calls it.
        external_id: Option<String>,
        /// The suite that it is part of.
        check_suite: Option<CheckSuite>,
        /// The pull requests that it belongs to.
        #[serde(default, deserialize_with = "list")]
        pull_requests: Vec<PullRequestRef>,
        /// Where its page is.
        html_url: Option<String>,
        /// Where its app shows more.
        details_url: Option<String>,
        /// When it ended, ISO 8601.
        completed_at: Option<String>,
    }

    /// The checks of one app on one commit.
    ///
    /// Source: <https://docs.github.com/en/rest/checks/suites#get-a-check-suite>.
    CheckSuite from r#"{"id":118578147,"head_branch":"changes"}"# {
        /// The suite's id.
        id: Option<u64>,
        /// The branch that is checked.
        head_branch: Option<String>,
        /// The commit that is checked.
        head_sha: Option<String>,
    }

    /// The button that somebody pressed on a check.
    ///
    /// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#check_run>.
    RequestedAction from r#"{"identifier":"fix-it"}"# {
        /// What the app that offered the button calls it.
        identifier: Option<String>,
    }

    /// An installation of a GitHub App.
    ///
    /// Source: <https://docs.github.com/en/rest/apps/apps#get-an-installation-for-the-authenticated-app>.
    Installation from r#"{"id":957387,"app_id":29310,"account":{"id":21031067,"login":"Codertocat"}}"# {
        /// The installation's id, for an access token.
        id: u64,
        /// Where it is installed.
        account: Option<InstallationAccount>,
        /// The app's id.
        app_id: Option<u64>,
        /// The app's name as addresses have it.
        app_slug: Option<String>,
        /// `all` or `selected` repositories.
        repository_selection: Option<String>,
        /// The kind of account, such as `User` or `Organization`.
        target_type: Option<String>,
        /// What the app may do, such as `contents` with `read`.
        #[serde(default, deserialize_with = "or_default")]
        permissions: BTreeMap<String, String>,
        /// The events that the app is subscribed to.
        #[serde(default, deserialize_with = "list")]
        events: Vec<String>,
        /// Since when it is suspended, ISO 8601.
        suspended_at: Option<String>,
        /// Where its settings are.
        html_url: Option<String>,
    }

    /// Where a GitHub App is installed: an account, which has a login, or an enterprise, which has a slug.
    ///
    /// Source: <https://docs.github.com/en/rest/apps/apps#get-an-installation-for-the-authenticated-app>.
    InstallationAccount from r#"{"id":21031067,"login":"Codertocat","type":"User"}"# {
        /// The id of the account or the enterprise.
        id: u64,
        /// The account's login.
        login: Option<String>,
        /// The enterprise's name as addresses have it.
        slug: Option<String>,
        /// `User` or `Organization`; enterprises come without it.
        r#type: Option<String>,
        /// Where its page is.
        html_url: Option<String>,
    }

    /// What was changed: the texts as they were before, and where an issue went.
    ///
    /// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues>.
    Changes from r#"{"title":{"from":"Speling error"}}"# {
        /// The title of an issue or a pull request.
        title: Option<Change>,
        /// The text of an issue, a pull request, a comment or a release.
        body: Option<Change>,
        /// The title of a release.
        name: Option<Change>,
        /// The issue as which a transferred one goes on.
        new_issue: Option<Issue>,
        /// The repository that it went to.
        new_repository: Option<Repository>,
    }

    /// A text that was changed.
    ///
    /// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues>.
    Change from r#"{"from":"Speling error"}"# {
        /// What it was before; none when there was nothing.
        from: Option<String>,
    }
}
