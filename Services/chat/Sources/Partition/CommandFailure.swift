import Domain

/// Why a command is not applied.
enum CommandFailure: Error {
    /// Somebody may not do this, or asked for it in a way that cannot be: they are told.
    case refused(Refusal)
    /// The entry can never be applied: it goes to the dead letters with the reason.
    case discarded(String)
}
