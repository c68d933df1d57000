//! The events of GitHub.

crate::catalog! {
    /// The events that GitHub sends.
    pub GITHUB for GitHub {
        include_str!("events.txt"),
    }
}
