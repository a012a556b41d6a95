/// Why a notification was not delivered.
enum DeliveryError: Error, Equatable {
    /// The other side asked us to come later.
    case throttled(String, retryAfter: Duration)
    /// The address will never work again.
    case recipientGone(String)
    /// The message itself is refused for ever.
    case rejected(String)
    /// The other side was unreachable or failed before it accepted anything.
    case unavailable(String)
    /// Nobody is to be told of it any more.
    case outdated(String)
    /// Something of ours that is needed to decide is not there yet.
    case notReady(String)
    /// Settings are wrong, here or there: somebody has to act; meanwhile waiting costs little.
    case misconfigured(String)
    /// It was handed over whole and no answer came: it may have been delivered.
    case uncertain(String)
}
