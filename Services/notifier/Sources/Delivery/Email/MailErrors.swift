import Curl

extension DeliveryError {
    /// What a failed mail transfer means for the delivery.
    init(_ error: CurlError) {
        switch error {
        case .invalid(let text): self = .rejected(text)
        case .unreachable, .shutDown, .responseTooLarge: self = .unavailable("\(error)")
        case .untrusted, .notAuthenticated: self = .misconfigured("\(error)")
        case .timedOut, .connectionLost, .cancelled:
            self = error.mayHaveRun ? .uncertain("\(error)") : .unavailable("\(error)")
        case .refused(let refusal):
            switch refusal.stage {
            // Refused before it knew what we bring: a verdict on us or its state, not on this mail.
            case .greeting, .hello, .authentication: self = .unavailable("\(error)")
            case .recipients: self = refusal.reply.isPermanent ? .recipientGone("\(error)") : .unavailable("\(error)")
            case .sender, .content: self = refusal.reply.isPermanent ? .rejected("\(error)") : .unavailable("\(error)")
            }
        }
    }
}
