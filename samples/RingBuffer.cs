using System;
using System.Collections;
using System.Collections.Generic;

namespace Samples;

/// <summary>Keeps the newest items and forgets the oldest.</summary>
public sealed class RingBuffer<T> : IEnumerable<T>
{
    private readonly T[] _items;
    private int _start;

    public RingBuffer(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _items = new T[capacity];
    }

    public int Capacity => _items.Length;

    public int Count { get; private set; }

    public bool IsFull => Count == ;

    public T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return _items[(_start + index) % Capacity];
        }
    }

    public void Add(T item)
    {
        _items[(_start + Count) % Capacity] = item;
        if (IsFull)
        {
            _start = (_start + 1) % Capacity;
        }
        else
        {
            Count++;
        }
    }

    public void Clear()
    {
        Array.Clear(_items);
        _start = 0;
        Count = 0;
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
