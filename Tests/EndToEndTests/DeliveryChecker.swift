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
            var times: [String: Int] = [:]
            for message in own { times[message.clientID ?? "", default: 0] += 1 }
            for (id, answer) in acknowledged {
                switch times[id] ?? 0 {
                case 0: counts.lost += 1
                case 1:
                    if own.first(where: { $0.clientID == id })?.messageID != answer.messageID { counts.disorder += 1 }
                default: counts.doubled += 1
                }
            }
            let sequences = await reader.sequences
            for (earlier, later) in zip(sequences, sequences.dropFirst()) where later != earlier + 1 {
                counts.holes += 1
            }
            // Readers may have joined at different moments, so only the messages both can know are compared.
            let order = own.compactMap(\.clientID)
            if let firstOrder, firstOrder != order { counts.disorder += 1 }
            firstOrder = firstOrder ?? order
        }
        return counts
    }
}
