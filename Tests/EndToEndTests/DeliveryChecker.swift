import Testing

/// Compares what was acknowledged to writers with what readers saw.
enum DeliveryChecker {
    struct Counts {
        var acknowledged = 0
        var seen = 0
        var lost = 0
        var doubled = 0
        var holes = 0
        var disorder = 0
        var reloads = 0
    }

    /// Every acknowledged message seen exactly once by every reader, `seq` without holes, one order for all.
    static func check(writers: [SimulatedClient], readers: [SimulatedClient]) async -> Counts {
        var counts = Counts()
        var acknowledged: [String: SimulatedClient.Acknowledgement] = [:]
        for writer in writers {
            for (id, answer) in await writer.acknowledged { acknowledged[id] = answer }
        }
        counts.acknowledged = acknowledged.count
        var firstOrder: [String]?
        for reader in readers {
            let messages = await reader.messages
            let own = messages.filter { $0.clientID.map { acknowledged[$0] != nil } ?? false }
            counts.seen += own.count
            let times = Dictionary(grouping: own) { $0.clientID ?? "" }
            for (id, answer) in acknowledged {
                let seen = times[id] ?? []
                if seen.isEmpty { counts.lost += 1 }
                if seen.count > 1 { counts.doubled += 1 }
                if seen.count == 1, seen[0].messageID != answer.messageID { counts.disorder += 1 }
            }
            counts.holes += await reader.gaps.count
            counts.reloads += await reader.reloads
            // Readers may have joined at different moments, so only the messages both can know are compared.
            let order = own.compactMap(\.clientID)
            if let firstOrder, firstOrder != order { counts.disorder += 1 }
            firstOrder = firstOrder ?? order
        }
        return counts
    }

    /// What stands in `list` less or more often than once.
    static func notOnce(_ expected: some Sequence<String>, in list: [String]) -> [String] {
        let times = Dictionary(list.map { ($0, 1) }, uniquingKeysWith: +)
        return expected.filter { times[$0] != 1 }.map { "\($0): \(times[$0] ?? 0) times" }
    }
}
