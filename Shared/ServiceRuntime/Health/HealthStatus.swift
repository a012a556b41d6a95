import Synchronization

/// Whether the process can do its work now.
package final class HealthStatus: Sendable {
    let version: ServiceVersion
    private let checks: [ReadinessCheck]
    private let patience: Duration
    private let isDraining = Atomic<Bool>(false)

    /// - Parameter patience: How long a check may take before it counts as failed.
    init(version: ServiceVersion, checks: [ReadinessCheck], patience: Duration = .seconds(2)) {
        self.version = version
        self.checks = checks
        self.patience = patience
    }

    /// For those who only ask what is wrong.
    package convenience init(checks: [ReadinessCheck], patience: Duration) {
        self.init(version: ServiceVersion(name: "", commit: nil), checks: checks, patience: patience)
    }

    /// From now on the service is not ready: it finishes what it has and takes no more.
    func startDraining() {
        self.isDraining.store(true, ordering: .releasing)
    }

    /// What stands in the way, and what should be known, in the order of the checks. All checks run at once.
    package func report() async -> (problems: [String], warnings: [String]) {
        if self.isDraining.load(ordering: .acquiring) { return (["shutting down"], []) }
        return await withTaskGroup(of: (Int, String?).self) { group in
            for (index, check) in self.checks.enumerated() {
                group.addTask {
                    let problem = await self.result(of: check)
                    return (index, problem.map { "\(check.name): \($0)" })
                }
            }
            var found = [(Int, String)]()
            for await (index, problem) in group {
                if let problem { found.append((index, problem)) }
            }
            found.sort { $0.0 < $1.0 }
            func texts(_ severity: ReadinessCheck.Severity) -> [String] {
                found.filter { self.checks[$0.0].severity == severity }.map(\.1)
            }
            return (texts(.problem), texts(.warning))
        }
    }

    /// The result, or a complaint when it does not come in time. Does not wait for a check that ignores cancellation.
    private func result(of check: ReadinessCheck) async -> String? {
        let (results, sender) = AsyncStream<String?>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let work = Task { sender.yield(await check.problem) }
        let limit = Task {
            try await Task.sleep(for: self.patience)
            sender.yield("no answer within \(self.patience)")
        }
        defer {
            work.cancel()
            limit.cancel()
        }
        for await result in results { return result }
        return "no answer"
    }
}
