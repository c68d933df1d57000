//! Bugs that are put into the model by hand, to see that the laws find them.

/// What the model does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bug {
    /// An attempt ends, is renewed and is given back without a look at its token.
    NoFence,
    /// A batch is answered before it is durable, and then is lost at times.
    AckBeforeCommit,
    /// In a lane, the last that waits comes next.
    LaneSkips,
    /// A hint is dropped though what is identical to it runs already.
    CoalescesIntoRunning,
    /// Work is taken back before its lease is over.
    LeaseCutShort,
    /// A handler's effects are kept though its lease was lost.
    EffectsWithoutMark,
    /// It panics when somebody lets work run again.
    ReplayPanics,
    /// It panics when it is asked what is left to do.
    CountPanics,
}
