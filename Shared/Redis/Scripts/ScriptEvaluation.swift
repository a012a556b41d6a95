internal import NIOConcurrencyHelpers
public import NIOCore

extension RedisConnection {
    /// Runs scripts in one pipeline, by digest.
    ///
    /// Scripts that this connection has not used yet are loaded first, so that none is missing in the midst of the
    /// pipeline. Should the server have lost one all the same (`SCRIPT FLUSH`), it is loaded again and exactly the calls
    /// that did not run are repeated, in their order. Calls of other scripts after them have run by then: scripts whose
    /// order matters must check it themselves, as those with an expected cursor do.
    ///
    /// The calls run in their order. Wait for the results before the next `evaluate` when the order of the two matters.
    ///
    /// - Returns: One result per call, in order. Never fails as a whole.
    public func evaluate(_ calls: [RedisScript.Call]) -> EventLoopFuture<[Result<RedisValue, RedisError>]> {
        let unused = self.loadedScripts.withLockedValue { loaded in
            calls.map(\.script).filter { $0.knownDigest.map { !loaded.contains($0) } ?? true }
        }
        guard !unused.isEmpty else { return self.run(calls, attempt: 1) }
        return self.load(unused).flatMap { failure in
            if let failure { return self.eventLoop.makeSucceededFuture(calls.map { _ in .failure(failure) }) }
            return self.run(calls, attempt: 1)
        }
    }

    /// Runs scripts in one pipeline, by digest, and waits for all results.
    public func evaluate(
        _ calls: [RedisScript.Call]
    ) async throws(RedisError) -> [Result<RedisValue, RedisError>] {
        let results: EventLoopFuture<[Result<RedisValue, RedisError>]> = self.evaluate(calls)
        return zip(try await results.redisValue(), calls).map { $0.naming($1.keys) }
    }

    /// The same, and a read of a stream goes along behind the scripts, in one write: what they left and what came meanwhile.
    ///
    /// - Parameters:
    ///   - id: Only entries after it.
    ///   - count: At most so many.
    /// - Returns: One result per call, and the entries, for which it does not wait when there are none.
    public func evaluate(
        _ calls: [RedisScript.Call], thenRead stream: String, after id: StreamID, count: Int
    ) async throws(RedisError) -> (
        results: [Result<RedisValue, RedisError>], entries: Result<[StreamEntry], RedisError>
    ) {
        let results: EventLoopFuture<[Result<RedisValue, RedisError>]> = self.evaluate(calls)
        let read: EventLoopFuture<RedisValue> = self.send(.xread([(stream, after: id)], count: count))
        let named = zip(try await results.redisValue(), calls).map { $0.naming($1.keys) }
        do throws(RedisError) {
            return (named, .success(try StreamBatch.list(await read.redisValue()).first?.entries ?? []))
        } catch { return (named, .failure(error.naming([stream]))) }
    }

    /// Attempts, for a server whose scripts are flushed again and again.
    private static var maximumAttempts: Int { 3 }

    private func run(
        _ calls: [RedisScript.Call], attempt: Int
    ) -> EventLoopFuture<[Result<RedisValue, RedisError>]> {
        let replies: EventLoopFuture<[Result<RedisValue, RedisError>]> = self.pipeline(calls.compactMap(\.command))
        return replies.flatMap { results in
            let missing = results.indices.filter { results[$0].isNoScript }
            guard !missing.isEmpty, attempt < Self.maximumAttempts else {
                return self.eventLoop.makeSucceededFuture(results)
            }
            return self.load(missing.map { calls[$0].script }).flatMap { failure in
                if failure != nil { return self.eventLoop.makeSucceededFuture(results) }
                return self.run(missing.map { calls[$0] }, attempt: attempt + 1).map { repeated in
                    var results = results
                    for (index, result) in zip(missing, repeated) { results[index] = result }
                    return results
                }
            }
        }
    }

    /// Loads each script once and notes its digest.
    private func load(_ scripts: [RedisScript]) -> EventLoopFuture<RedisError?> {
        var distinct: [RedisScript] = []
        for script in scripts where !distinct.contains(where: { $0.isSame(as: script) }) { distinct.append(script) }
        let replies: EventLoopFuture<[Result<RedisValue, RedisError>]> = self.pipeline(distinct.map(\.loadCommand))
        return replies.map { [distinct] results in
            for (script, result) in zip(distinct, results) {
                switch result {
                case .success(let value):
                    guard let digest = value.string else { return .unexpectedReply("SCRIPT LOAD without a digest") }
                    script.knownDigest = digest
                    self.loadedScripts.withLockedValue { _ = $0.insert(digest) }
                case .failure(let error): return error
                }
            }
            return nil
        }
    }
}

extension Result<RedisValue, RedisError> {
    fileprivate var isNoScript: Bool {
        if case .failure(.server(let error)) = self { error.kind == .noScript } else { false }
    }
}
