// Hides the operations in the list whose names and paths do not hold what is typed.
const field = document.querySelector('#find')
const items = [...document.querySelectorAll('nav li[data-words]')]
field.closest('p').hidden = false
field.addEventListener('input', () => {
  const wanted = field.value.trim().toLowerCase().split(/\s+/)
  for (const item of items) {
    const words = item.dataset.words.toLowerCase()
    item.hidden = !wanted.every((it) => words.includes(it))
  }
})
