import Redis

/// Names one opening of a partition. It stands in the partition's state in Redis and in the archive, so that a copy of one
/// of the two that is older than the other is known by it.
struct OpeningMark: Sendable, Equatable {
    /// Of a partition that no release with marks has opened yet.
    static let none = OpeningMark(number: 0, token: "")

    /// Grows by one with each opening.
    let number: Int
    /// The lease's token: random, so that two histories that went apart have different marks of the same number.
    let token: String

    init(number: Int, token: String) {
        self.number = number
        self.token = token
    }

    /// Reads what ``text`` wrote; anything else is none.
    init(_ text: String?) {
        let parts = (text ?? "").split(separator: " ")
        guard parts.count == 2, let number = Int(parts[0]), number > 0 else {
            self = .none
            return
        }
        self.init(number: number, token: String(parts[1]))
    }

    var text: String { "\(self.number) \(self.token)" }
}

/// A partition's state in Redis, as an opening finds it.
struct PartitionState: Sendable, Equatable {
    var runID: String?
    var epoch: String?
    var cursor: StreamID?
    var opening = OpeningMark.none
    /// The last entry that the outbox ever had.
    var outboxEnd = StreamID.zero
}

/// Whether what Redis holds of a partition is what it held when somebody last looked: then its epoch goes on.
///
/// The server's run id alone does not say so. A server that comes back after another took its place still has its own, and
/// so has one into which an older copy was loaded.
enum Continuity: Equatable {
    /// Nothing is missing.
    case proven(epoch: String, cursor: StreamID)
    /// Nothing is missing in Redis; the archive is an older copy.
    case archiveIsOlder(epoch: String, cursor: StreamID)
    /// Something may be missing: a new epoch begins.
    case unproven(String)

    /// - Parameters:
    ///   - runID: Of the server that is asked.
    ///   - reached: The last entry that this holder has applied, zero at its first opening.
    init(runID: String, _ state: PartitionState, _ record: PartitionRecord, reached: StreamID) {
        guard state.runID == runID, let epoch = state.epoch, let cursor = state.cursor else {
            self = .unproven(state.runID == nil ? "no state in Redis" : "another life of the server")
            return
        }
        guard cursor >= reached else {
            self = .unproven("the cursor went back")
            return
        }
        let (inRedis, inArchive) = (state.opening, record.opening)
        guard inArchive.number <= inRedis.number else {
            self = .unproven("Redis is older than the archive")
            return
        }
        guard inArchive.number < inRedis.number || inRedis.number == 0 || inArchive.token == inRedis.token else {
            self = .unproven("Redis and the archive were opened by different holders")
            return
        }
        guard record.runID == runID else {
            // Without marks nobody can tell which of the two is older.
            self =
                inArchive.number < inRedis.number
                ? .archiveIsOlder(epoch: epoch, cursor: cursor)
                : .unproven("the archive knows another life of the server")
            return
        }
        self =
            state.outboxEnd >= record.cursor
            ? .proven(epoch: epoch, cursor: cursor) : .unproven("the archive has events that Redis never had")
    }
}
