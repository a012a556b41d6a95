/// One way to a person.
protocol DeliveryProvider: Sendable {
    /// Delivers each, or says what could be done about it. A notification's id is the same for every attempt.
    ///
    /// - Returns: For each in order what went wrong, nil for what was delivered.
    func deliver(_ notifications: [Notification]) async -> [DeliveryError?]
}
