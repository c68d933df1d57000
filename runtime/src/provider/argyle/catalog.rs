//! The events of Argyle's API, version 2.

use super::{
    payload::{
        AccountIds, AccountState, DepositDestinationIds, DirectDepositSwitchCompleted,
        DirectDepositSwitchFailed, FullySynced, IdentityIds, ItemRemoved, ItemUpdated, PartiallySynced,
        PayrollDocumentIds, RatingIds, RecordsAdded, UserFormIds, UserFullySynced, UserUploadIds, VehicleIds,
        VerificationCreationFailed, VerificationUpdated,
    },
    resource::ReportReady,
};

crate::catalog! {
    /// The events that Argyle sends, API version 2. Source: <https://docs.argyle.com/api-reference>, read in 2026.
    ///
    /// An event without a type is one whose keys Argyle's pages do not show: take a type of your own for it.
    /// `payroll_documents.removed` and `deposit_destinations.removed` are listed although no page of version 2
    /// confirms them: a handler that is never called does less harm than an event that cannot be handled.
    ///
    /// The names of version 1 are left out on purpose, since an endpoint of version 2 never sees them:
    /// `activities.*`, `payouts.*`, `profiles.*`, `employments.added`, `documents.*` and
    /// `accounts.pay_distribution_failed`.
    pub ARGYLE for Argyle {
        "accounts.added" | "accounts.updated" | "accounts.connected" | "accounts.failed" => AccountState,
        "accounts.removed" => AccountIds,
        "identities.added" => IdentityIds,
        #[hint]
        "identities.updated" => IdentityIds,
        "users.fully_synced" => UserFullySynced,
        "paystubs.added" | "gigs.added" | "shifts.added" => RecordsAdded,
        "paystubs.partially_synced" | "gigs.partially_synced" | "shifts.partially_synced" => PartiallySynced,
        "paystubs.fully_synced" | "gigs.fully_synced" | "shifts.fully_synced" => FullySynced,
        "paystubs.updated",
        "gigs.updated",
        "gigs.removed",
        "shifts.updated",
        "shifts.removed",
        "payroll_documents.added" | "payroll_documents.updated" => PayrollDocumentIds,
        "payroll_documents.removed",
        "deposit_destinations.added" | "deposit_destinations.updated" => DepositDestinationIds,
        "deposit_destinations.removed",
        "direct_deposit_switches.completed" => DirectDepositSwitchCompleted,
        "direct_deposit_switches.failed" => DirectDepositSwitchFailed,
        "ratings.added" | "ratings.updated" => RatingIds,
        "vehicles.added" | "vehicles.updated" | "vehicles.removed" => VehicleIds,
        "user_forms.submitted" | "user_forms.removed" => UserFormIds,
        "user_uploads.added" | "user_uploads.removed" => UserUploadIds,
        "reports.ready" => ReportReady,
        "reports.generated",
        "verifications.updated" => VerificationUpdated,
        "verifications.creation_failed" => VerificationCreationFailed,
        "items.updated" => ItemUpdated,
        "items.removed" => ItemRemoved,
    }
}
