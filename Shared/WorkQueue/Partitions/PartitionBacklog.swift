internal import NIOCore
internal import Redis

/// What was read of a partition and is not applied yet: its writes in order, and the reads that wait for one of them. Pure.
struct PartitionBacklog {
    private struct Write {
        let entry: StreamEntry
        let subject: String
        /// Reads of the same subject that came after it and before the next.
        var reads: [StreamEntry] = []
    }

    private var writes = CircularBuffer<Write>()
    private var readCount = 0
    /// How many writes have left.
    private var left = 0
    /// The newest write of each subject, counted over all that ever came.
    private var newest: [String: Int] = [:]

    /// Writes that wait.
    var count: Int { self.writes.count }
    /// Whether no read waits.
    var hasNoReads: Bool { self.readCount == 0 }

    /// Takes the next entry.
    ///
    /// - Returns: Whether it is a read that need not wait.
    mutating func add(_ entry: StreamEntry, as role: PartitionRole) -> Bool {
        switch role {
        case .write(let subject):
            self.newest[subject] = self.left + self.writes.count
            self.writes.append(Write(entry: entry, subject: subject))
            return false
        case .read(let subject):
            guard let write = self.newest[subject] else { return true }
            self.writes[offset: write - self.left].reads.append(entry)
            self.readCount += 1
            return false
        }
    }

    /// The oldest writes.
    func first(_ most: Int) -> [StreamEntry] {
        self.writes.prefix(most).map(\.entry)
    }

    /// Lets go of the oldest writes.
    ///
    /// - Returns: The reads that waited for them, in order.
    mutating func applied(_ count: Int) -> [StreamEntry] {
        var reads: [StreamEntry] = []
        for _ in 0..<count {
            let write = self.writes.removeFirst()
            if self.newest[write.subject] == self.left { self.newest[write.subject] = nil }
            self.left += 1
            reads += write.reads
        }
        self.readCount -= reads.count
        return reads
    }
}

extension CircularBuffer {
    fileprivate subscript(offset offset: Int) -> Element {
        get { self[self.index(self.startIndex, offsetBy: offset)] }
        set { self[self.index(self.startIndex, offsetBy: offset)] = newValue }
    }
}
