internal import Redis

/// The work on one partition over one set of connections, from its opening to the end of the lease or of a connection.
///
/// Three things go on beside each other: reading entries on, applying writes, answering reads. Each runs as a child task that
/// ends in an ``Event``; what is decided from events is decided here, one after the other.
struct PartitionSession {
    /// Most writes of one pipeline.
    static let batchSize = 256
    /// Most entries of one read. More than one pipeline takes, so that what only asks is found behind writes that wait.
    static let readSize = 1_024
    /// From so many writes on a pipeline brings what came meanwhile along. Where few come, hardly any has.
    static let readsAlongFrom = 8
    /// Writes that may wait here while one of them is stuck.
    static let mostWaiting = 4_096
    /// How long a read waits; also how long an idle holder takes to notice that its lease ended.
    static let readWait = Duration.milliseconds(250)

    let lease: PartitionLease
    let stream: String
    let fence: PartitionFence
    let handler: any PartitionHandler
    let writing: RedisConnection
    let reading: RedisConnection
    let answering: RedisConnection
    /// The last write that was applied.
    var cursor: StreamID

    /// The last entry that was read. From the beginning: what stands at or below the cursor are reads without an answer.
    private var position = StreamID.zero
    private var backlog = PartitionBacklog()
    private var reads = PartitionReads()
    private var clock = StreamClock()
    private var isReading = false
    private var isApplying = false
    /// Whether the oldest write waits for something that its script found missing.
    private var isSettling = false
    private var isLeaving = false
    /// How many tasks refuse reads or let them go.
    private var refusing = 0
    /// Whether no entry that was read before the writes of the backlog is left in the stream but themselves.
    private var isAlone: Bool { self.reads.isEmpty && self.backlog.hasNoReads && self.refusing == 0 }
    private var stuck = StuckWrite()

    init(
        lease: PartitionLease, stream: String, fence: PartitionFence, handler: any PartitionHandler,
        writing: RedisConnection, reading: RedisConnection, answering: RedisConnection, cursor: StreamID
    ) {
        self.lease = lease
        self.stream = stream
        self.fence = fence
        self.handler = handler
        self.writing = writing
        self.reading = reading
        self.answering = answering
        self.cursor = cursor
    }

    private enum Event: Sendable {
        case entries(Result<[StreamEntry], RedisError>)
        /// And what came along, where something was to.
        case results(
            [StreamEntry], [PartitionCall], Result<[Result<RedisValue, RedisError>], RedisError>,
            read: Result<[StreamEntry], RedisError>?)
        case failed(any Error)
        case reopen
        case ended(PartitionRead, PartitionReads.Lane, isAnswered: Bool)
        case refused
    }

    private typealias Tasks = TaskGroup<Event>

    /// - Parameter applied: Told how far the cursor has come.
    /// - Throws: What a connection or the handler failed with.
    mutating func run(applied: (StreamID) -> Void) async throws {
        var failure: (any Error)?
        await withTaskGroup(of: Event.self) { tasks in
            self.goOn(&tasks)
            while let event = await tasks.next() {
                do { try await self.take(event, &tasks, applied) } catch {
                    failure = failure ?? error
                    self.isLeaving = true
                }
                if !self.lease.isWanted || !self.writing.isActive || !self.answering.isActive { self.isLeaving = true }
                // A batch that is under way is finished: its effects are to be counted.
                if self.isLeaving, !self.isApplying { break }
                if !self.isLeaving { self.goOn(&tasks) }
            }
            tasks.cancelAll()
            // What still waits for a reply hears at once that none comes.
            await self.reading.close()
            await self.answering.close()
        }
        if let failure { throw failure }
    }

    /// Starts what can be started: the next batch; else reading on, which goes on while a write is stuck.
    private mutating func goOn(_ tasks: inout Tasks) {
        if !self.isApplying, !self.isSettling, self.backlog.count > 0 { self.apply(&tasks) }
        let mayRead = self.isSettling ? self.backlog.count < Self.mostWaiting : self.backlog.count == 0
        if !self.isReading, !self.isApplying, mayRead { self.readOn(&tasks) }
    }

    private mutating func take(_ event: Event, _ tasks: inout Tasks, _ applied: (StreamID) -> Void) async throws {
        switch event {
        case .entries(let result): try self.take(result, &tasks)
        case .results(let writes, let calls, let results, let read):
            (self.isApplying, self.isSettling) = (false, false)
            try await self.take(PartitionResults(calls, try results.get()), of: writes, &tasks, applied)
            if let read, !self.isLeaving { try self.take(read, &tasks) }
        case .failed(let error): throw error
        case .reopen: self.isLeaving = true
        case .ended(let read, let lane, let isAnswered):
            var steps = PartitionReads.Steps()
            self.reads.ended(
                read, question: self.handler.question(of: read.entry), on: lane, isAnswered: isAnswered,
                now: self.clock.now(), &steps)
            self.perform(steps, &tasks)
        case .refused: self.refusing -= 1
        }
    }

    // MARK: Reading

    private mutating func take(_ result: Result<[StreamEntry], RedisError>, _ tasks: inout Tasks) throws {
        self.isReading = false
        let entries = try result.get()
        if let last = entries.last {
            self.position = last.id
            self.clock.saw(last.id)
        }
        var ready: [PartitionRead] = []
        for entry in entries {
            if entry.id <= self.cursor || self.backlog.add(entry, as: self.handler.role(of: entry)) {
                ready.append(PartitionRead(entry: entry))
            }
        }
        self.start(ready, &tasks)
    }

    private mutating func readOn(_ tasks: inout Tasks) {
        self.isReading = true
        tasks.addTask { [reading, stream, position] in
            do throws(RedisError) {
                return .entries(
                    .success(
                        try await reading.xread(
                            stream, after: position, count: Self.readSize, block: Self.readWait)))
            } catch { return .entries(.failure(error)) }
        }
    }

    // MARK: Writes

    private mutating func apply(_ tasks: inout Tasks) {
        self.isApplying = true
        let writes = self.backlog.first(Self.batchSize)
        // All that was read is under way: what came meanwhile needs no round trip of its own.
        let readsOn = !self.isReading && writes.count == self.backlog.count && writes.count >= Self.readsAlongFrom
        if readsOn { self.isReading = true }
        let next = readsOn ? (self.stream, self.position) : nil
        tasks.addTask { [handler, writing, fence, cursor, isAlone] in
            await Self.results(of: writes, after: cursor, isAlone: isAlone, reading: next, handler, fence, writing)
        }
    }

    /// Runs the calls of the oldest writes.
    ///
    /// - Parameter next: Of what is to be read behind them: the stream, and the last entry that was read.
    private static func results(
        of writes: [StreamEntry], after cursor: StreamID, isAlone: Bool,
        reading next: (stream: String, after: StreamID)? = nil, _ handler: any PartitionHandler,
        _ fence: PartitionFence,
        _ writing: RedisConnection
    ) async -> Event {
        let calls = await handler.calls(for: writes, after: cursor, isAlone: isAlone, fence)
        do throws(RedisError) {
            guard let next else {
                return .results(writes, calls, .success(try await writing.evaluate(calls.map(\.call))), read: nil)
            }
            let (results, entries) = try await writing.evaluate(
                calls.map(\.call), thenRead: next.stream, after: next.after, count: Self.readSize)
            return .results(writes, calls, .success(results), read: entries)
        } catch { return .results(writes, calls, .failure(error), read: nil) }
    }

    private mutating func take(
        _ results: PartitionResults, of writes: [StreamEntry], _ tasks: inout Tasks, _ applied: (StreamID) -> Void
    ) async throws {
        if results.applied > 0 {
            self.cursor = writes[results.applied - 1].id
            applied(self.cursor)
            let unanswered = results.unanswered.map { PartitionRead(entry: writes[$0.index], applied: $0.answer) }
            await self.handler.applied(results.applied, unanswered: unanswered)
            let waited = self.backlog.applied(results.applied).map { PartitionRead(entry: $0) }
            self.start(unanswered + waited, &tasks)
        }
        guard let refused = results.refused else { return }
        guard PartitionResults.word(of: refused) == "fenced" else {
            return self.settle(writes[results.applied], refused, &tasks)
        }
        // Another life of the server, or a cursor that is not ours: to be opened anew.
        self.isLeaving = true
        let reason = (try? refused.get())?.array?.last?.string ?? ""
        if reason == "token" { self.lease.end() }
    }

    private mutating func settle(
        _ entry: StreamEntry, _ refused: Result<RedisValue, RedisError>, _ tasks: inout Tasks
    ) {
        self.isSettling = true
        let pause = self.stuck.pause(of: entry.id, after: PartitionResults.text(of: refused))
        let writes = self.backlog.first(Self.batchSize)
        tasks.addTask { [handler, writing, fence, cursor, isAlone] in
            do {
                switch try await handler.settle(entry, refused, fence, writing) {
                case .reopen: return .reopen
                case .wait(let asked): try await Task.sleep(for: asked)
                case .again: if pause > .zero { try await Task.sleep(for: pause) }
                }
            } catch { return .failed(error) }
            return await Self.results(of: writes, after: cursor, isAlone: isAlone, handler, fence, writing)
        }
    }

    // MARK: Reads

    private mutating func start(_ reads: [PartitionRead], _ tasks: inout Tasks) {
        var steps = PartitionReads.Steps()
        let now = self.clock.now()
        for read in reads {
            self.reads.admit(read, question: self.handler.question(of: read.entry), now: now, &steps)
        }
        self.perform(steps, &tasks)
    }

    private mutating func perform(_ steps: PartitionReads.Steps, _ tasks: inout Tasks) {
        for (read, lane) in steps.start {
            tasks.addTask { [handler, answering, fence] in
                .ended(
                    read, lane,
                    isAnswered: await handler.answer(read, mayTakeLong: lane == .slow, fence, answering))
            }
        }
        guard !steps.refuse.isEmpty || !steps.letGo.isEmpty else { return }
        self.refusing += 1
        tasks.addTask { [handler, answering, fence, refuse = steps.refuse, letGo = steps.letGo] in
            if !refuse.isEmpty { await handler.refuse(refuse, fence, answering) }
            if !letGo.isEmpty { await handler.letGo(letGo, fence, answering) }
            return .refused
        }
    }
}
