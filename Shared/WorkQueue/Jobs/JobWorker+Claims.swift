import Redis

/// Keeps what is in hand, for as long as its attempts last.
extension JobWorker {
    /// Renews all claims, until the task is cancelled.
    func keepClaims() async {
        while true {
            do { try await Task.sleep(for: self.configuration.lease / 3) } catch { return }
            await self.renew()
        }
    }

    private func renew() async {
        let asked = ContinuousClock.now
        let attempts = self.desk.withLockedValue { Array($0.attempts) }
        guard !attempts.isEmpty else { return }
        let groups = Array(Dictionary(grouping: attempts) { $0.value.claim.queue })
        let calls = groups.map { queue, attempts in
            RenewClaims(queue: queue, claims: attempts.map(\.value.claim), lease: self.configuration.lease).call
        }
        let replies = (try? await self.redis.evaluate(calls)) ?? []
        for (index, (_, attempts)) in groups.enumerated() {
            let answers = index < replies.count ? (try? replies[index].get())?.array : nil
            for (place, (number, attempt)) in attempts.enumerated() {
                switch answers.flatMap({ place < $0.count ? $0[place].int : nil }) {
                case 1:
                    let until = asked.advanced(by: self.configuration.lease)
                    self.desk.withLockedValue { $0.renewed(number, validUntil: until) }
                case nil where ContinuousClock.now < attempt.validUntil:
                    // Redis is away: the claim stays ours until its time is over, and not a moment longer.
                    continue
                default: self.lose(number, of: attempt.claim.queue)
                }
            }
        }
    }

    private func lose(_ number: Int, of queue: JobQueue) {
        let (wasRunning, task) = self.desk.withLockedValue { $0.lost(number) }
        task?.cancel()
        if wasRunning { self.observe(.lost(queue)) }
    }
}
