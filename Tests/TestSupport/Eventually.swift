public import Testing

/// Waits until `condition` holds, and records an issue when it does not in time.
///
/// - Parameters:
///   - limit: Generous: it is only spent when the test fails.
///   - interval: The pause between two looks.
/// - Returns: Whether it came true.
@discardableResult
public func eventually(
    within limit: Duration = .seconds(10), every interval: Duration = .milliseconds(20),
    _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Bool
) async -> Bool {
    if await isTrue(within: limit, every: interval, isolation: isolation, condition) { return true }
    Issue.record(comment ?? "did not come true within \(limit)", sourceLocation: sourceLocation)
    return false
}

/// Waits until `condition` holds. An error counts as “not yet”.
func isTrue(
    within limit: Duration, every interval: Duration = .milliseconds(20),
    isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async -> Bool {
    let end = ContinuousClock.now + limit
    while true {
        if (try? await condition()) == true { return true }
        if ContinuousClock.now >= end || Task.isCancelled { return false }
        try? await Task.sleep(for: interval)
    }
}
